"""What storage refuses, said for the person who must mend it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from schemas.failure import Failure
from schemas.redaction import holds_secret, redacted

_GOES_ON = "then start again, which goes on from what is there"
_REFUSALS = {
    errno.ENOSPC: f"the disk is full: make room, {_GOES_ON}",
    errno.EDQUOT: f"the disk quota is used up: make room, {_GOES_ON}",
    errno.EFBIG: f"a file may not become that large here (ulimit -f): allow it, {_GOES_ON}",
    errno.EROFS: "the file system is read-only: mount it writable, or name another folder",
    errno.EACCES: "permission denied: change the permissions, or name another folder",
    errno.EPERM: "permission denied: change the permissions, or name another folder",
    errno.EIO: f"the disk reports an error: look after it, {_GOES_ON}",
    errno.ENOMEM: f"memory ran out: lower `workers`, `model.rows` or `tasks.shard_size`, {_GOES_ON}",
}
_EXTRAS = {"s3": "s3", "s3a": "s3"}
_NO_CREDENTIALS = {"NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"}


class StoreError(Failure, RuntimeError):
    """The run folder is not as it should be; the message names the file and what to do."""


class StoreAwayError(StoreError):
    """Storage on another host did not do as it was asked; it may come back."""

    may_pass = True


class DamageError(StoreError):
    """A file has not the bytes it was written with."""


def refusal(error: OSError | MemoryError) -> str | None:
    """What a person does about an error of the operating system that is no fault of the program; None for others."""
    number = errno.ENOMEM if isinstance(error, MemoryError) else error.errno
    return _REFUSALS.get(number) if number is not None else None


@contextmanager
def told(url: str, *, local: bool) -> Iterator[None]:
    """Failures of the storage at `url` become StoreError; that a file is not there, or is there, stays what it is."""
    try:
        yield
    except StoreError:
        raise
    except (FileNotFoundError, NotADirectoryError, FileExistsError) as error:
        if _code(error) == "NoSuchBucket":
            raise StoreError(f"{url}: there is no such bucket; make it, or name another in `output`") from error
        raise
    except OSError as error:
        raise _lasting(error, local)(f"{url}: {_said(error, local)}") from error
    except Exception as error:  # other storages raise what their libraries do
        if local:
            raise
        raise _lasting(error, local)(f"{url}: {_said_of_another_host(error)}") from error


def refuse_secret(url: str) -> None:
    """Raises StoreError for an address with a password or a key in it: addresses are written down and shown."""
    if "://" in url and ("@" in url or "?" in url) and holds_secret(url):
        raise StoreError(
            f"{redacted(url)}: an address without a password or a key in it, please: put them into the environment "
            "(AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE)"
        )


def no_such_store(url: str, error: Exception) -> StoreError:
    """For a URL whose protocol nothing here speaks."""
    protocol = url.partition("://")[0]
    extra = _EXTRAS.get(protocol)
    do = f"pip install 'taskmill[{extra}]'" if extra else "install the fsspec package for it, or name another place"
    return StoreError(f"{url}: nothing here speaks {protocol}:// ({error}): {do}")


def _said(error: OSError, local: bool) -> str:
    if (said := refusal(error)) is not None and (local or error.errno not in (errno.EACCES, errno.EPERM)):
        return said
    if isinstance(error, PermissionError):
        return f"access was refused ({error}): check the credentials in the environment and what they may do"
    return f"{error.strerror or error}: see to it, {_GOES_ON}" if local else _said_of_another_host(error)


def _lasting(error: Exception, local: bool) -> type[StoreError]:
    """A disk that refuses refuses again, and so does a host that gives no access."""
    refused = local or isinstance(error, PermissionError) or type(error).__name__ in _NO_CREDENTIALS
    return StoreError if refused else StoreAwayError


def _said_of_another_host(error: Exception) -> str:
    if type(error).__name__ in _NO_CREDENTIALS:
        return f"no credentials ({error}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
    return f"the storage can't be used ({error}): check its address, the network and the credentials, {_GOES_ON}"


def _code(error: BaseException) -> str:
    """The code that an S3 server gave for an error; empty where there is none."""
    response = getattr(error.__cause__, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))
