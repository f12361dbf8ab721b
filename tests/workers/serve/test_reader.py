"""The reader says over /v1/rerank how likely a passage answers a question, on real weights."""

import pytest

from bot.inference import Inference
from datanets.refusals import NotFound
from tests.workers.serving import Serve
from workers.config import WorkerSettings
from workers.weights import MINILM, provide

QUESTION = "how hot does the glaze kiln get"
PASSAGES = [
    "Firings. Glaze firing. Bring your own shelf paper. The studio is closed on Mondays.",
    "Firings. Glaze firing. The glaze kiln fires to 1240 °C and holds that for fifteen minutes.",
    "Kilns. Glaze kiln. The glaze kiln stands in the back room, next to the sink, and belongs to Ana.",
    "Billing. You can pay by card or in cash at the desk.",
]


@pytest.mark.slow
async def test_the_passage_that_answers_comes_first(serve: Serve) -> None:
    folder = provide(MINILM, WorkerSettings().bases)
    served = await serve(bases_dir=folder.parent, serve_encoder=folder.name)
    body = {"model": f"{folder.name}-reader", "query": QUESTION, "documents": PASSAGES}
    async with Inference(served.url) as models:
        sure = await models.read(QUESTION, PASSAGES)
        assert f"{folder.name}-reader" in await models.models()
    async with served.session.post(f"{served.url}/rerank", json=body | {"top_n": 2}) as response:
        told = await response.json()
    async with served.session.post(f"{served.url}/rerank", json=body | {"documents": []}) as response:
        empty = response.status

    assert sure[1] > 0.5 > max(sure[0], sure[2], sure[3])
    assert sure[2] > sure[3]
    assert [row["index"] for row in told["results"]] == [1, 2]
    assert told["results"][0]["relevance_score"] == pytest.approx(sure[1], abs=1e-3)
    assert empty == 400


async def test_an_encoder_that_the_adapter_does_not_fit_has_no_reader(serve: Serve) -> None:
    served = await serve()
    async with Inference(served.url) as models:
        with pytest.raises(NotFound):
            await models.read(QUESTION, PASSAGES, model="encoder-reader")
        assert not [name for name in await models.models() if name.endswith("-reader")]
