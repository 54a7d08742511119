"""Processor time of pytorch-metric-learning's miners from a matrix of distances to index lists.

pip install torch pytorch-metric-learning==2.9.0
"""

import time

import torch
from pytorch_metric_learning import distances, miners

torch.set_num_threads(1)


class Given(distances.LpDistance):
    """Hands over a matrix that is already there."""

    def __init__(self, matrix):
        super().__init__()
        self.matrix = matrix

    def forward(self, *_):
        return self.matrix


for size in (128, 512, 1024, 2048):
    generator = torch.Generator().manual_seed(0)
    rows = torch.nn.functional.normalize(torch.randn(size, 128, generator=generator))
    labels = torch.arange(size) // 4
    matrix = torch.cdist(rows, rows)
    given = lambda: {"distance": Given(matrix.clone())}
    strategies = {
        "triplet-margin": lambda: miners.TripletMarginMiner(0.2, "semihard", **given()),
        "batch-hard": lambda: miners.BatchHardMiner(**given()),
        "batch-easy-hard": lambda: miners.BatchEasyHardMiner(**given()),
        "multi-similarity": lambda: miners.MultiSimilarityMiner(0.1, **given()),
        "pair-margin": lambda: miners.PairMarginMiner(0.2, 0.8, **given()),
        "hard-aware-cascade": lambda: miners.HDCMiner(**given()),
        "uniform-histogram": lambda: miners.UniformHistogramMiner(**given()),
        "distance-weighted": lambda: miners.DistanceWeightedMiner(**given()),
        "angular": miners.AngularMiner,
    }
    for name, make in strategies.items():
        # Beyond these sizes the peer takes gigabytes or minutes.
        if size > {"angular": 512, "triplet-margin": 1024}.get(name, 2048):
            continue
        least = float("inf")
        for _ in range(7 if size <= 512 else 2):
            miner = make()
            start = time.process_time()
            result = miner(rows, labels)
            least = min(least, time.process_time() - start)
        print(f"B={size} {name}: {least * 1e3:.1f} ms, {len(result[0])} rows", flush=True)
