"""Any S3 (the embedded rclone, MinIO, a cloud's) behind the port `Storage`."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, TypeVar, cast

from integrations.contracts.errors import N_, NotFound, Unavailable
from integrations.contracts.ports import StoredObject

if TYPE_CHECKING:
    from boto3.s3.transfer import TransferConfig
    from types_boto3_s3.client import S3Client

T = TypeVar("T")

MULTIPART_FROM_BYTES = 8 * 1024 * 1024
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
_OURS_ALREADY = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})


class _Counted:
    """Reads through to a file and counts; boto3 would close the caller's file at the end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size_bytes = 0

    def read(self, size: int = -1) -> bytes:
        """Like `BinaryIO.read`."""
        chunk = self._file.read(size)
        self.size_bytes += len(chunk)
        return chunk


class S3Storage:
    """One bucket. boto3 is blocking, so it runs in a few threads of its own.

    boto3 is imported in such a thread at the first call: it costs 0.8 s, which would otherwise
    be paid by every start. A private pool keeps a slow storage from taking the threads that
    the rest of the process needs.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        bucket: str,
        region: str,
        access_key: str,
        secret_key: str,
        threads_max: int = 8,
        connect_timeout_s: float = 3,
        read_timeout_s: float = 8,
    ) -> None:
        self._endpoint = endpoint
        self._bucket = bucket
        self._region = region
        self._access_key = access_key
        self._secret_key = secret_key
        self._threads_max = threads_max
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        self._pool = ThreadPoolExecutor(threads_max, thread_name_prefix="s3")
        self._lock = threading.Lock()
        self._made: S3Client | None = None

    async def put(self, key: str, body: bytes | BinaryIO, *, content_type: str) -> StoredObject:
        """Store or overwrite; a file is streamed, in parts above 8 MiB. Raises `Unavailable`."""
        if isinstance(body, bytes):
            await self._run(partial(self._put_bytes, key, body, content_type))
            return StoredObject(key, len(body))
        return StoredObject(key, await self._run(partial(self._put_file, key, body, content_type)))

    async def get(self, key: str) -> bytes:
        """Whole object. Raises `NotFound` (`storage.missing`) or `Unavailable`."""
        return await self._run(partial(self._get, key))

    async def delete(self, key: str) -> None:
        """Remove; a missing object is no error. Raises `Unavailable`."""
        await self._run(partial(self._delete, key))

    async def list_keys(self, prefix: str) -> list[str]:
        """Keys below a prefix, sorted. Raises `Unavailable`."""
        return await self._run(partial(self._list, prefix))

    async def check(self) -> None:
        """Reach the bucket, making it when it does not exist yet. Raises `Unavailable`."""
        await self._run(self._ensure_bucket)

    def close(self) -> None:
        """Give the threads back; running calls end first."""
        self._pool.shutdown(wait=True)
        if self._made is not None:
            self._made.close()

    async def _run(self, call: Callable[[], T]) -> T:
        """Run in the pool; what the storage answers becomes one of our own errors."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._translated, call)

    def _translated(self, call: Callable[[], T]) -> T:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return call()
        except ClientError as error:
            _refuse(error)
        except (BotoCoreError, Boto3Error) as error:
            _refuse(error)

    def _client(self) -> "S3Client":
        """The client, made once. boto3's factories are not safe for threads, its clients are."""
        with self._lock:
            if self._made is None:
                import boto3
                from botocore.config import Config

                self._made = boto3.session.Session().client(
                    "s3",
                    endpoint_url=self._endpoint or None,
                    region_name=self._region,
                    aws_access_key_id=self._access_key,
                    aws_secret_access_key=self._secret_key,
                    config=Config(
                        signature_version="s3v4",
                        s3={"addressing_style": "path"},
                        # The newer default checksums break ranges and uploads elsewhere than AWS.
                        request_checksum_calculation="when_required",
                        response_checksum_validation="when_required",
                        connect_timeout=self._connect_timeout_s,
                        read_timeout=self._read_timeout_s,
                        retries={"mode": "standard", "total_max_attempts": 2},
                        max_pool_connections=self._threads_max,
                    ),
                )
            return self._made

    def _put_bytes(self, key: str, body: bytes, content_type: str) -> None:
        self._client().put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)

    def _put_file(self, key: str, file: BinaryIO, content_type: str) -> int:
        counted = _Counted(file)
        self._client().upload_fileobj(
            cast("BinaryIO", counted),
            self._bucket,
            key,
            ExtraArgs={"ContentType": content_type},
            Config=_transfer(),
        )
        return counted.size_bytes

    def _get(self, key: str) -> bytes:
        with self._client().get_object(Bucket=self._bucket, Key=key)["Body"] as body:
            return body.read()

    def _delete(self, key: str) -> None:
        from botocore.exceptions import ClientError

        try:
            self._client().delete_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if _code(error) not in _MISSING:
                raise

    def _list(self, prefix: str) -> list[str]:
        pages = self._client().get_paginator("list_objects_v2")
        return sorted(
            entry["Key"]
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix)
            for entry in page.get("Contents", [])
        )

    def _ensure_bucket(self) -> None:
        from botocore.exceptions import ClientError

        client = self._client()
        try:
            client.head_bucket(Bucket=self._bucket)
        except ClientError as error:
            if _code(error) not in {"404", "NoSuchBucket", "NotFound"}:
                raise
        else:
            return
        # us-east-1 is the one region that S3 does not take as a location.
        place: dict[str, Any] = (
            {}
            if self._region in ("", "us-east-1")
            else {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
        )
        try:
            client.create_bucket(Bucket=self._bucket, **place)
        except ClientError as error:
            if _code(error) not in _OURS_ALREADY:
                raise


def _transfer() -> "TransferConfig":
    """Parts of 8 MiB, one after the other: one part in memory, no further threads."""
    from boto3.s3.transfer import TransferConfig

    return TransferConfig(
        multipart_threshold=MULTIPART_FROM_BYTES,
        multipart_chunksize=MULTIPART_FROM_BYTES,
        use_threads=False,
    )


def _code(error: Exception) -> str:
    """S3's own error code, "" when there is none."""
    # An answer that is no HTTP leaves an error whose response is None.
    response: dict[str, Any] = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def _refuse(error: Exception) -> NoReturn:
    """Raise what the port promises, keeping the vendor's error as the cause for the log."""
    if _code(error) in _MISSING:
        raise NotFound(
            "storage.missing", N_("This file is no longer there."), who="helper"
        ) from error
    raise Unavailable(
        "storage.unavailable",
        N_("The file store does not answer right now. Nothing was lost; please try again soon."),
        who="us",
        retry_after_s=10,
    ) from error
