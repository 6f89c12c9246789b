"""Workers of a Dask cluster: one of this machine for the run, or one that is there, on as many hosts as it has.

Work goes to Dask's client directly, inside one Prefect task a shard, so that Prefect sees the same tasks whichever the
runner is: prefect-dask's task runner takes three times the CPU time a shard (benchmarks/orchestration.py).
A worker that dies costs the work that it had, which the scheduler gives to another; it gives up after as many deaths
as its `allowed-failures` say, 3 if nobody changed them.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from flows.workers.config import RunnerConfig
from flows.workers.held import let_go
from flows.workers.place import WorkersAwayError, WorkersError, all_died
from pipeline.store.files import read_whole

ArgumentsT = ParamSpec("ArgumentsT")
ResultT = TypeVar("ResultT")

CONNECT_SECONDS = 20.0
"""What the scheduler has to answer in, and workers to let go of a model at the end."""

_LOOK_SECONDS = 2.0
"""How often all threads together ask the scheduler for its workers, a list that is long on a large cluster."""


class Cluster:
    """A client of the scheduler, connected when first needed; `count` are the workers of a cluster of this machine.

    `run_file` is a file of the run's folder that every worker must see as it is seen here.
    """

    def __init__(self, config: RunnerConfig, count: int, run_file: str) -> None:
        self._config, self._count, self._run_file = config, count, run_file
        self._opening, self._looking = threading.Lock(), threading.Lock()
        self._client: Any = None
        self._local: Any = None
        self._workers: dict[str, dict[str, Any]] = {}
        self._looked = -_LOOK_SECONDS
        self._ours: set[str] = set()
        self.held = False

    @property
    def client(self) -> Any:
        with self._opening:
            if self._client is None or self._client.status == "closed":
                self._client, self._looked = self._connected(), -_LOOK_SECONDS
        return self._client

    def fitting(self, resources: Mapping[str, float], within: float = _LOOK_SECONDS) -> dict[str, dict[str, Any]]:
        """The workers that offered the resources, by address, `within` the last seconds."""
        client = self.client
        with self._looking:
            if time.monotonic() - self._looked >= within:
                told = client.scheduler_info()
                if "workers" not in told:  # what is left of it when the scheduler is no longer there
                    raise gone(self.name)
                self._workers = told["workers"]
                self._refuse_strangers(client)
                self._looked = time.monotonic()
            return {
                address: worker
                for address, worker in self._workers.items()
                if all(worker["resources"].get(name, 0) >= amount for name, amount in resources.items())
            }

    def wait_for(self, resources: Mapping[str, float]) -> None:
        """Returns once a worker offers them. Raises WorkersError where none comes in time."""
        if self.fitting(resources):
            return
        deadline = time.monotonic() + self._config.wait
        while not self.fitting(resources, within=0.1):
            if time.monotonic() > deadline:
                raise self.nobody(resources)
            time.sleep(0.1)

    def nobody(self, resources: Mapping[str, float]) -> WorkersError:
        offered = [worker["resources"] for worker in self.fitting({}).values()]
        waited = f"in {self._config.wait:g} seconds (runner.wait)"
        if not offered:
            return WorkersError(f"{self.name} has no workers, and none came {waited}: start some with `dask worker`")
        wanted = " ".join(f"{name}={amount:g}" for name, amount in resources.items())
        return WorkersError(
            f"none of the {len(offered)} workers of {self.name} offers {wanted}, and none that does came {waited}: "
            f'start one with `dask worker {self._config.address} --nthreads 1 --resources "{wanted}"`, or mend '
            "runner.resources"
        )

    @property
    def given(self) -> bool:
        """Whether it was there before the run, with workers wherever they are; else it is this machine's."""
        return bool(self._config.address)

    @property
    def name(self) -> str:
        return f"Dask's scheduler at {self._config.address}" if self._config.address else "Dask's local cluster"

    def close(self) -> None:
        """Has the workers let go of the model, and leaves; a cluster of this machine ends."""
        if self._client is not None:
            if self.held and self._local is None:
                self._let_go()
            self._client.close(CONNECT_SECONDS)
        if self._local is not None:
            self._local.close(CONNECT_SECONDS)

    def _let_go(self) -> None:
        from distributed import wait

        asked = [self._client.submit(let_go, workers=[address], pure=False) for address in self.fitting({})]
        try:
            with self._client.as_current():
                wait(asked, CONNECT_SECONDS)
        except (TimeoutError, OSError):
            return  # a worker that is busy or gone; it lets go when it is asked for another model

    def _connected(self) -> Any:
        try:
            from distributed import Client, LocalCluster
        except ImportError:
            raise WorkersError(
                "runner.kind dask needs Dask, which is not installed: pip install 'taskmill[dask]', or choose processes"
            ) from None
        for name in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(
                logging.CRITICAL
            )  # what happens to workers is told by what becomes of work
        if not self._config.address:
            if self._local is None:
                self._local = LocalCluster(
                    n_workers=self._count,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                )
            return Client(self._local, set_as_default=False)
        try:
            return Client(self._config.address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as failure:
            raise WorkersError(
                f"runner.address: no scheduler answers at {self._config.address} ({_short(failure)}): start one with "
                "`dask scheduler`, mend the address, or leave it out for a cluster on this machine"
            ) from None

    def _refuse_strangers(self, client: Any) -> None:
        """Every worker must have this code and see the run's folder, or its shards would end where nobody looks."""
        from distributed.comm import CommClosedError

        new = [] if self._local is not None else sorted(set(self._workers) - self._ours)
        if not new:
            return
        here = read_whole(self._run_file)
        for address, seen in client.run(seen_there, self._run_file, workers=new, on_error="return").items():
            if isinstance(seen, CommClosedError):
                continue  # it left, and is asked again when it comes back
            if isinstance(seen, ImportError):
                raise WorkersError(f"the worker {address} has not this version of Taskmill ({seen}): install it there")
            if isinstance(seen, Exception) or seen != here:
                raise WorkersError(
                    f"the worker {address} does not see {self._run_file} as it is here: set output to storage that all "
                    "workers share, such as s3://bucket/runs or a folder that is mounted everywhere"
                )
            self._ours.add(address)


class OnCluster:
    """A place on the workers that offer the resources; `single` for work of which each worker does one at a time."""

    def __init__(self, cluster: Cluster, resources: Mapping[str, float], *, single: bool) -> None:
        self._cluster, self._resources, self._single = cluster, dict(resources), single

    @property
    def elsewhere(self) -> bool:
        return self._cluster.given

    @property
    def at_once(self) -> int:
        self._cluster.wait_for(self._resources)
        return max(1, sum(map(self._room, self._cluster.fitting(self._resources).values())))

    def __call__(
        self, what: str, work: Callable[ArgumentsT, ResultT], /, *args: ArgumentsT.args, **kwargs: ArgumentsT.kwargs
    ) -> ResultT:
        self._cluster.wait_for(self._resources)
        self._cluster.held |= self._single
        future = self._cluster.client.submit(work, *args, **kwargs, pure=False, resources=self._resources or None)
        try:
            self._wait(future)
            result: ResultT = _result(future, what, self._cluster.name)
            return result
        finally:
            future.release()

    def rest(self) -> None:
        return

    def _room(self, worker: Mapping[str, Any]) -> int:
        amounts = [int(worker["resources"][name] // amount) for name, amount in self._resources.items()]
        return min([1 if self._single else worker["nthreads"], *amounts])

    def _wait(self, future: Any) -> None:
        """Until it is done. Raises WorkersError where no worker that could do it has been there for long."""
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        while not done.wait(_LOOK_SECONDS):
            if not self._cluster.fitting(self._resources):
                self._cluster.wait_for(self._resources)


def seen_there(run_file: str) -> bytes:
    """A file as a worker sees it."""
    return read_whole(run_file)


def gone(what: str) -> WorkersAwayError:
    return WorkersAwayError(f"{what} is gone; start it and the same command again, which goes on")


def _result(future: Any, what: str, cluster: str) -> Any:
    from distributed import KilledWorker

    if future.status in ("cancelled", "lost"):
        raise gone(f"{what}: {cluster}")
    try:
        return future.result()
    except KilledWorker as killed:
        raise all_died(what, killed.allowed_failures + 1) from None


def _short(failure: Exception) -> str:
    return str(failure).splitlines()[0] if str(failure) else type(failure).__name__
