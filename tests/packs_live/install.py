"""Installs a pack into the installation of this environment. Prints one JSON object: workspace and site.

Arguments: the pack, the folder of packs, a trained model folder or nothing (without one it trains), and the
attributes that the conversations' customers bring along, separated by commas, for which their site vouches.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402

from chat.actions.packs import install_pack  # noqa: E402
from chat.actions.profile_attributes import create_attribute, update_attribute  # noqa: E402
from chat.actions.signing_keys import create_signing_key  # noqa: E402
from chat.models import ProfileAttribute, SigningKey, Site  # noqa: E402
from chat.models.profiles import AttributeKind, Basis  # noqa: E402
from chat.packs import read_pack  # noqa: E402
from nlu.actions.direct_training import train_now  # noqa: E402
from nlu.actions.training import activate_version  # noqa: E402
from nlu.actions.version_folders import new_folder  # noqa: E402
from nlu.models import ModelVersion, Workspace  # noqa: E402
from tests.packs_live.visitor import HOST_KEY  # noqa: E402


def adopt(workspace: Workspace, model: Path) -> None:
    """Put a copy of a folder that was trained elsewhere from the same pack into service."""
    folder = new_folder(workspace)
    shutil.copytree(model, folder)
    manifest = (folder / "manifest.json").read_bytes()
    version = ModelVersion.objects.create(
        workspace=workspace,
        number=1,
        folder=str(folder.relative_to(settings.MODEL_DIR)),
        manifest_hash=hashlib.sha256(manifest).hexdigest(),
        dataset_fingerprint=json.loads(manifest)["data_fingerprint"],
    )
    activate_version(version=version, actor=None, reason="trained elsewhere")


def vouch(site: Site, names: list[str]) -> None:
    """Take the host page's word for these attributes, as an operator would allow it."""
    if not SigningKey.objects.filter(site=site).exists():
        create_signing_key(site=site, actor=None, text=HOST_KEY)
    for name in names:
        fields = {
            "titles": {"en": name},
            "kind": AttributeKind.TEXT,
            "basis": Basis.CONTRACT,
            "purpose": "Recorded conversations",
            "keep_days": 30,
            "actor": None,
        }
        listed = ProfileAttribute.objects.filter(workspace=site.workspace, name=name).first()
        if listed is None:
            create_attribute(workspace=site.workspace, name=name, **fields)
        elif not listed.basis:
            update_attribute(attribute=listed, **fields)


def main() -> None:
    """Install; then adopt, or train unless there is a model."""
    name, root, model = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    report = install_pack(pack=read_pack(name, root=root), considerate=False)
    if ModelVersion.objects.filter(workspace__slug=report.workspace, status="active").exists():
        pass
    elif model:
        adopt(Workspace.objects.get(slug=report.workspace), Path(model))
    else:
        train_now(workspace_slug=report.workspace, activate=True)
    if sys.argv[4]:
        vouch(Site.objects.get(key=report.site), sys.argv[4].split(","))
    json.dump({"workspace": report.workspace, "site": report.site}, sys.stdout)


main()
