"""The settings of a worker."""

from pydantic import Field

from datanets.config import CoreSettings


class WorkerSettings(CoreSettings):
    """What `potluck worker` and its children read."""

    worker_id: str = Field("worker-1", description="Name of this worker in the operator's page")
    serve_host: str = "127.0.0.1"
    serve_port: int = Field(8090, description="Port of the inference server")
    threads: int = Field(0, description="Threads for training and serving; 0: all cores")
    attempts: int = Field(4, description="Attempts a run gets when its process dies")
    stall_seconds: int = Field(900, description="An attempt without progress for so long is ended")
    trainings_at_once: int = Field(1, description="Runs that train at the same time")
    gpus_a_run: float = Field(1.0, description="Graphics cards that one Ray job asks for")
