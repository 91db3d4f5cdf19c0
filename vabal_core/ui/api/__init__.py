"""The app's own HTTP routes."""

from vabal_core.ui.api.class_guide import GUIDE_ROUTES
from vabal_core.ui.api.components import COMPONENT_ROUTES
from vabal_core.ui.api.files import FILE_ROUTES
from vabal_core.ui.api.health import HEALTH_ROUTES
from vabal_core.ui.api.labels import LABEL_ROUTES
from vabal_core.ui.api.numbers import NO_ROUTES
from vabal_core.ui.api.previews import PREVIEW_ROUTES
from vabal_core.ui.api.rounds import ROUND_ROUTES
from vabal_core.ui.api.sign_in import SIGN_IN_ROUTES
from vabal_core.ui.api.trail import TRAIL_ROUTES
from vabal_core.ui.api.uploads import UPLOAD_ROUTES

ROUTES = [
    *LABEL_ROUTES, *GUIDE_ROUTES, *ROUND_ROUTES, *FILE_ROUTES, *COMPONENT_ROUTES, *UPLOAD_ROUTES, *PREVIEW_ROUTES,
    *TRAIL_ROUTES, *SIGN_IN_ROUTES, *HEALTH_ROUTES, *NO_ROUTES,
]  # fmt: skip
