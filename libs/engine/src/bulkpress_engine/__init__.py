"""The PDF engine of Bulkpress: the same looks and behaviour in fewer bytes, and a reason for every decision.

`press()` is the whole story and reads as one; `sandbox.Sandbox` runs it in a child process with limits, which is how
anything that comes from outside should be pressed. The engine knows pikepdf and images, and nothing of queues.
"""

from bulkpress_engine.errors import EngineError
from bulkpress_engine.options import Level, Limits, PdfaPolicy, PressOptions, SignedPolicy
from bulkpress_engine.report import Report

__all__ = ["EngineError", "Level", "Limits", "PdfaPolicy", "PressOptions", "Report", "SignedPolicy"]
