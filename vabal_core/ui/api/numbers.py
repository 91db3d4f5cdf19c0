"""Numbers in addresses: as many digits as an id of the database may have, and words for all others."""

from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

MAX_ID = 2**31 - 1  # what a database holds as the id of anything
MAX_DIGITS = len(str(MAX_ID))


def number_in(text: str) -> int | None:
    """The id that the text says, or None: no more than MAX_ID, and in plain digits."""
    is_short = len(text) <= MAX_DIGITS and text.isascii() and text.isdecimal()
    return int(text) if is_short and int(text) <= MAX_ID else None


class IdConvertor(Convertor[int]):
    """`{name:id}` in a route."""

    regex = "[0-9]+"

    def convert(self, value: str) -> int:
        number = number_in(value)
        if number is None:
            raise HTTPException(404, "Nothing has this number: it is larger than any that the Studio gives.")
        return number

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("id", IdConvertor())


async def get_nothing(request: Request) -> Response:
    """What is asked for under /api/ and is not there: else Streamlit would answer with its own page."""
    return PlainTextResponse("This Studio has no such address. Reload the page.", status_code=404)


METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
NO_ROUTES = [Route("/api/{rest:path}", get_nothing, methods=METHODS)]
