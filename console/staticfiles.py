"""Static files with hashed names, ES module imports included."""

from __future__ import annotations

from typing import Final

from django.contrib.staticfiles.storage import HashedFilesMixin, ManifestFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Django's own patterns for `import … from "…"`; a test collects the files and looks for names left unhashed.
MODULE_IMPORTS: Final = vars(HashedFilesMixin)["_js_module_import_aggregation_patterns"][1]


class ModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # published without types
    """Rewrites the imports of our own modules (`chat/`, `console/`) to hashed names.

    Only ours: the general switch also rewrites what merely looks like an import in third-party files and then
    fails to collect them.
    """

    patterns = (
        *ManifestFilesMixin.patterns,
        ("chat/*.js", MODULE_IMPORTS),
        ("console/*.js", MODULE_IMPORTS),
    )
