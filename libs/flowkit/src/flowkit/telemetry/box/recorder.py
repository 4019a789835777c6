"""The black box of a living process: what its spans are doing, kept where a kill -9 does not reach."""

import os
import weakref
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final, Self

from msgspec.structs import replace

from flowkit.telemetry.box.entries import Begun, Ended
from flowkit.telemetry.box.file import OwnFile
from flowkit.telemetry.box.layout import SLOT, Layout, Owner, this_boot
from flowkit.telemetry.box.page import Page, Paper

_LONGEST_NAME: Final = 200


class BlackBox:
    """From a span's beginning until it is told of; a kernel's page, so that no write is a system call.

    One thread begins and ends spans, another may free them.
    """

    def __init__(self, file: OwnFile, layout: Layout) -> None:
        self._file = file
        self._paper = Paper.of(memoryview(file.memory), layout)
        self._free = list(reversed(range(layout.slots)))
        self._pages: dict[int, Page] = {}
        self.missed = 0
        forked = weakref.WeakMethod(self.leave_to_parent)
        os.register_at_fork(after_in_child=lambda: (leave := forked()) and leave())

    @classmethod
    def make(cls, folder: Path, service: str, resource: Mapping[str, str], *, slots: int, slot: int = SLOT) -> Self:
        """Raises OSError."""
        owner = Owner(dict(resource), os.getpid(), this_boot(), slots, slot)
        return cls(OwnFile.make(folder, service, owner), Layout.of(owner))

    def begin(self, span_id: int, begun: Begun, span: object) -> None:
        """Kept for as long as there is that span, if it never ends."""
        try:
            page = Page(self._paper, self._free.pop())
        except IndexError:
            self.missed += 1
            return
        if page.begun(begun) or page.begun(replace(begun, name=begun.name[:_LONGEST_NAME], attributes={}, links=())):
            page.span = weakref.ref(span, partial(self._give_up, span_id))
            self._pages[span_id] = page
            return
        self.missed += 1
        self._free.append(page.number)

    def page(self, span_id: int) -> Page | None:
        """Of a span that is not over."""
        return self._pages.get(span_id)

    def end(self, span_id: int, ended: Ended) -> None:
        page = self._pages.get(span_id)
        if page is not None:
            page.ended(ended)

    def free(self, span_ids: Iterable[int]) -> None:
        """They are told of, or given up."""
        for span_id in span_ids:
            page = self._pages.pop(span_id, None)
            if page is not None:
                page.close()
                self._paper.lengths[page.number] = 0
                self._free.append(page.number)

    def close(self) -> None:
        """All is told of, or given up."""
        self._file.remove()
        self._forget()

    def _give_up(self, span_id: int, _: object) -> None:
        page = self._pages.get(span_id)
        if page is not None and page.is_open:
            self.free((span_id,))

    def leave_to_parent(self) -> None:
        """A child would write into it, and hold its lock beyond its parent's death."""
        self._forget()
        self._paper.lengths.release()
        self._paper.memory.release()
        self._file.memory.close()
        os.close(self._file.descriptor)

    def _forget(self) -> None:
        self._free.clear()
        self._pages.clear()
