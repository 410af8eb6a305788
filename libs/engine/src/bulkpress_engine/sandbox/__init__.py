"""Press documents in child processes with limits: how anything that comes from outside should be pressed.

    Sandbox.press ──request──▶ zygote (warm: the engine is imported) ──fork──▶ child (limited) ── press()
                  ◀──ending───                                       ◀─answer──

A crash, a hang or a bomb ends one file with a coded error and nothing else: the child may be killed at any moment,
writes only into a scratch folder that is removed afterwards, and dies with whoever asked for it.
"""

from bulkpress_engine.sandbox.sandbox import Sandbox, SandboxError

__all__ = ["Sandbox", "SandboxError"]
