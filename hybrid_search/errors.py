"""Every error that this package raises on purpose, with its stable code and HTTP status."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar


class HybridSearchError(Exception):
    """Base of all errors; the text says what was wrong, the value, and what to do."""

    code: ClassVar[str] = "internal_error"
    http_status: ClassVar[int] = 500


class SettingsError(HybridSearchError):
    """A setting has a value that cannot work."""

    code = "invalid_settings"


class MissingExtraError(HybridSearchError):
    """An optional dependency that the chosen adapter needs is not installed."""

    code = "missing_extra"


class InvalidRequestError(HybridSearchError):
    """A search request is refused whole, before anything is done."""

    code = "invalid_request"
    http_status = 400


class UnknownFieldError(InvalidRequestError):
    """A filter, facet, sort or boost names a field that the index does not have."""

    code = "unknown_field"


class InvalidCursorError(InvalidRequestError):
    """A cursor was changed, or belongs to another request or generation."""

    code = "invalid_cursor"


class InvalidSnapshotError(InvalidRequestError):
    """A snapshot belongs to another request, or does not hold what a page of it asks for."""

    code = "invalid_snapshot"


class ExpiredError(HybridSearchError):
    """What a page is cut from is gone: its snapshot, or the index that a cursor pages through."""

    code = "expired"
    http_status = 410


class InvalidPlanError(InvalidRequestError):
    """A plan was changed, belongs to another request, or has answers of other searches."""

    code = "invalid_plan"


class MalformedJsonError(InvalidRequestError):
    """The body of a request is not JSON."""

    code = "malformed_json"


class UnsupportedMediaTypeError(InvalidRequestError):
    """The body of a request has a content type that the route does not take."""

    code = "unsupported_media_type"
    http_status = 415


class AuthenticationError(HybridSearchError):
    """A request needs an API key and has none, or one that is wrong or revoked."""

    code = "unauthenticated"
    http_status = 401


class PermissionDeniedError(HybridSearchError):
    """The API key of a request has another scope."""

    code = "permission_denied"
    http_status = 403


class PlanUnsupportedError(InvalidRequestError):
    """The configured engine's searches cannot be sent by somebody else."""

    code = "plan_unsupported"


class ProductNotFoundError(HybridSearchError):
    """No product has the requested id."""

    code = "product_not_found"
    http_status = 404


class InvalidProductError(HybridSearchError):
    """One record of a catalogue cannot become a product; the others go on."""

    code = "invalid_product"
    http_status = 400


class CatalogError(HybridSearchError):
    """A whole catalogue file is refused: unreadable, or bad lines under strict reading."""

    code = "invalid_catalog"
    http_status = 400


class FieldMapError(CatalogError):
    """A field-mapping file cannot be used."""

    code = "invalid_field_map"


class EngineError(HybridSearchError):
    """The search engine answered with an error that the request did not cause."""

    code = "engine_error"
    http_status = 502


class EngineUnavailableError(EngineError):
    """The search engine cannot be reached."""

    code = "engine_unavailable"
    http_status = 503


class EngineTimeoutError(EngineUnavailableError):
    """The search engine did not answer before the deadline."""

    code = "engine_timeout"
    http_status = 504


class EngineReadOnlyError(EngineError):
    """The search engine refuses to write: a read-only block, or a full disk."""

    code = "engine_read_only"
    http_status = 503


class EngineAccessError(EngineError):
    """The search engine refuses the credentials, or what they may do."""

    code = "engine_access_denied"


class IndexMissingError(HybridSearchError):
    """The alias has no generation yet, or the named generation does not exist."""

    code = "index_missing"
    http_status = 503


class IndexFormatError(EngineError):
    """Another version of the program made the live index, and this one cannot search it."""

    code = "index_format"
    http_status = 503


class VerificationError(HybridSearchError):
    """A new generation does not hold what was written; the alias was not switched."""

    code = "verification_failed"


class EncoderError(HybridSearchError):
    """An encoder cannot be loaded, or cannot encode."""

    code = "encoder_error"


class EncoderMismatchError(EncoderError):
    """The vectors of the index were made by another encoder than the one configured."""

    code = "encoder_mismatch"
    http_status = 409


class ExportError(EncoderError):
    """An exported model does not agree with its original."""

    code = "export_failed"


class PartError(HybridSearchError):
    """One of several programs that run together did not start, or ended by itself."""

    code = "part_failed"


class QueueUnavailableError(HybridSearchError):
    """The queue of tasks cannot be reached, so that nothing can be asked of the workers."""

    code = "queue_unavailable"
    http_status = 503


class JobError(HybridSearchError):
    """A job ended without doing what it was asked to do."""

    code = "job_failed"


class JobRunningError(HybridSearchError):
    """The alias has a job already that is not done; there is one at a time."""

    code = "job_running"
    http_status = 409

    def __init__(self, message: str, job_id: str) -> None:
        super().__init__(message)
        self.job_id = job_id


class JobNotFoundError(HybridSearchError):
    """There is no job of the requested id."""

    code = "job_not_found"
    http_status = 404


class ListenError(HybridSearchError):
    """The service cannot listen on the address that it was given."""

    code = "cannot_listen"


class SnapshotsUnavailableError(HybridSearchError):
    """The server that keeps snapshots cannot be reached, or refuses to keep one."""

    code = "snapshots_unavailable"
    http_status = 503


class DatabaseError(HybridSearchError):
    """The database refuses what was asked of it, or its tables are of another version."""

    code = "database_error"
    http_status = 503


class DatabaseUnavailableError(DatabaseError):
    """The database cannot be reached, or is too busy to answer in time."""

    code = "database_unavailable"


class InvalidApiKeyError(HybridSearchError):
    """An API key cannot be made with this name or these scopes."""

    code = "invalid_api_key"
    http_status = 400


class ApiKeyNotFoundError(HybridSearchError):
    """No API key has the given id."""

    code = "api_key_not_found"
    http_status = 404


class JudgmentsError(HybridSearchError):
    """A ratings file cannot be used."""

    code = "invalid_judgments"
    http_status = 400


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return `"; did you mean 'brand'?"` for the known name nearest to `name`, or an empty text."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
