"""NovaHouse itself."""

import os

from served import Served


class NovaHouse(Served):
    title = "NovaHouse, over HTTP"
    ready_path = "/api/health"

    def command(self, directory, address):
        executable = os.environ["NOVAHOUSE_EXECUTABLE"]
        return [executable, "serve", "--data", directory, "--listen", address], os.environ

    def note(self):
        return "a batch is synced to disk, and part of every answer, before it is answered."
