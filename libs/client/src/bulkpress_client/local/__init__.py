"""The system on one machine: the programs that `bulkpress up` starts, watches and stops."""
