# Ansible's tasks, told as the items of our report (report.ts says how it is written). Ansible loads this as its stdout callback;
# run_playbook in ansible.sh starts it and reads the notes that it leaves beside PRYBAR_AT.

import json
import os

from ansible.playbook.block import Block
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
  name: prybar
  type: stdout
  short_description: tells tasks as items of Prybar's report
  description: [Tells tasks as items of Prybar's report.]
"""

NOT_YET = 75
MOST = 262144


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "prybar"

    def __init__(self):
        super().__init__()
        # Taken out, so that no command of a task finds them.
        self.token = os.environ.pop("PRYBAR_TOKEN")
        self.at = os.environ.pop("PRYBAR_AT")
        self.index = 1
        self.open = "playbook"
        self.lost = False

    # The playbook could be read, and begins.
    def v2_playbook_on_start(self, playbook):
        self.end("ok")

    # A play for nobody would look like one that had nothing to do.
    def v2_playbook_on_no_hosts_matched(self):
        self.begin("hosts")
        self.end("failed", "a play is for none of its hosts; the node is the only one, write `hosts: all`")

    def v2_playbook_on_task_start(self, task, is_conditional):
        self.end("ok")
        # Nobody listens any more: like other programs this one stops between two items. An exception would be caught.
        if os.path.exists(self.at + ".lost"):
            raise KeyboardInterrupt
        self.begin(task.get_name())

    def v2_playbook_on_handler_task_start(self, task):
        self.v2_playbook_on_task_start(task, False)

    def v2_playbook_on_cleanup_task_start(self, task):
        self.v2_playbook_on_task_start(task, False)

    def v2_runner_on_ok(self, result):
        self.tell(result)
        self.frame_block("diff", self.diffs(result))
        self.end("changed" if result.is_changed() else "ok")

    def v2_runner_on_skipped(self, result):
        self.end("skipped", one_line(result._result.get("skip_reason", "")))

    def v2_runner_on_failed(self, result, ignore_errors=False):
        said = result._result
        # Of a loop the first that failed says why.
        cause = next((item for item in said.get("results", []) if item.get("failed")), said)
        reason = reason_of(cause)
        if ignore_errors or is_rescued(result._task):
            self.tell(result)
            return self.end("ok", "it failed, and the playbook goes on: " + reason)
        if cause.get("rc") == NOT_YET:
            self.note("not_yet", one_line(cause.get("stdout") or cause.get("stderr") or cause.get("msg")))
            return self.end("skipped", "not yet")
        self.tell(result)
        self.frame_block("diff", self.diffs(result))
        self.end("failed", reason)

    # Left open: the report then says at which task the node was lost.
    def v2_runner_on_unreachable(self, result):
        self.lost = True
        self.note("unreachable", one_line(result._result.get("msg")))

    def v2_runner_item_on_ok(self, result):
        self.log("%s: %s" % (self._get_item_label(result._result), "changed" if result.is_changed() else "ok"))

    def v2_runner_item_on_failed(self, result):
        self.log("%s: %s" % (self._get_item_label(result._result), reason_of(result._result)))

    def v2_runner_item_on_skipped(self, result):
        self.log("%s: skipped" % (self._get_item_label(result._result),))

    def v2_runner_retry(self, result):
        self.log("attempt %s: %s" % (result._result.get("attempts"), reason_of(result._result)))

    # What `set_stats` gathered is what the role publishes.
    def v2_playbook_on_stats(self, stats):
        self.end("ok")
        published = stats.custom.get("_run")
        if published:
            self.frame_block("output", json.dumps(published, default=str))

    def begin(self, name):
        self.index += 1
        self.open = one_line(name)
        self.frame("begin %d %s %s" % (self.index, uptime(), self.open))

    def end(self, result, reason=""):
        if self.lost:
            return
        if self.open is None:
            # Another host that the playbook itself added does the same task.
            if result != "failed":
                return
            self.begin("another host")
        self.open = None
        if result == "failed":
            self.note("failed", reason)
        self.frame("end %d %s %s %s" % (self.index, uptime(), result, reason))

    # What commands printed, and what `debug` is for. Of a loop each item has been told.
    def tell(self, result):
        said = result._result
        for name in ("stdout", "stderr", "module_stdout", "module_stderr"):
            self.log(said.get(name))
        if result._task.action in ("debug", "ansible.builtin.debug"):
            self.log(said.get("msg", json.dumps({k: v for k, v in said.items() if not k.startswith("_")}, default=str)))

    def diffs(self, result):
        said = result._result
        parts = [item["diff"] for item in [said] + said.get("results", []) if isinstance(item, dict) and item.get("diff")]
        return "".join(self._get_diff(part) for part in parts)

    def log(self, text):
        if text:
            write(str(text).rstrip("\n") + "\n")

    def frame(self, text):
        write("\n%s %s\n" % (self.token, text))

    def frame_block(self, kind, text):
        content = text.encode("utf-8", "replace")[:MOST]
        if content:
            self.frame("%s %d" % (kind, len(content)))
            write_bytes(content)

    def note(self, name, text):
        with open("%s.%s" % (self.at, name), "w") as file:
            file.write(text + "\n")


def is_rescued(task):
    """Whether a block around it goes on in `rescue`; a failure in that part itself is one."""
    inner, outer = task, task._parent
    while outer:
        if isinstance(outer, Block) and outer.rescue and any(inner._uuid == each._uuid for each in outer.block):
            return True
        inner, outer = outer, outer._parent
    return False


def reason_of(said):
    # As in recipes: the status, which the report explains with the last line that was printed.
    if said.get("rc") not in (None, 0) and said.get("stderr", said.get("stdout")) is not None:
        return "exit status %s" % said["rc"]
    return one_line(said.get("msg") or said.get("censored") or "it failed and does not say why")


def one_line(text):
    return " ".join(str(text or "").split())[:1000]


def uptime():
    with open("/proc/uptime") as file:
        return file.read().split()[0]


def write(text):
    write_bytes(text.encode("utf-8", "replace"))


def write_bytes(rest):
    while rest:
        rest = rest[os.write(1, rest):]
