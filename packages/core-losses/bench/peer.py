"""Times of pytorch-metric-learning for the losses of losses.ts, as JSON lines.

    python bench/peer.py '[128, 512]'
"""

import json
import sys
import time

import torch
from pytorch_metric_learning import losses

torch.set_num_threads(2)
peers = {
    "contrastive": losses.ContrastiveLoss(),
    "lifted": losses.LiftedStructureLoss(),
    "generalized lifted": losses.GeneralizedLiftedStructureLoss(),
    "ranked list": losses.RankedListLoss(margin=0.4, Tn=10, alpha=1.2),
    "nca": losses.NCALoss(),
    "fast-ap": losses.FastAPLoss(),
    "multi-similarity": losses.MultiSimilarityLoss(),
    "circle": losses.CircleLoss(),
    "nt-xent": losses.NTXentLoss(),
    "sup-con": losses.SupConLoss(),
    "tuplet": losses.TupletMarginLoss(),
    "angular": losses.AngularLoss(),
    "histogram": losses.HistogramLoss(),
    "intra-pair variance": losses.IntraPairVarianceLoss(),
    "snr contrastive": losses.SignalToNoiseRatioContrastiveLoss(),
    "threshold-consistent margin": losses.ThresholdConsistentMarginLoss(),
    "smooth-ap": losses.SmoothAPLoss(),
    "pnp": losses.PNPLoss(),
}
wanted = sys.argv[2:]
for batch in json.loads(sys.argv[1]) if len(sys.argv) > 1 else [128, 512]:
    labels = torch.arange(batch) // 4
    for name, loss in peers.items():
        if wanted and name not in wanted:
            continue
        x = torch.randn(batch, 128, generator=torch.Generator().manual_seed(1), requires_grad=True)
        times = []
        end = time.perf_counter() + 1.5
        while len(times) < 4 or (time.perf_counter() < end and len(times) < 50):
            start = time.perf_counter()
            try:
                loss(x, labels).backward()
            except (ValueError, RuntimeError) as error:
                print(json.dumps({"loss": name, "batch": batch, "error": str(error)[:60]}))
                break
            times.append(1000 * (time.perf_counter() - start))
        else:
            times = sorted(times[1:])
            print(json.dumps({"loss": name, "batch": batch, "milliseconds": round(times[len(times) // 2], 3), "best": round(times[0], 3)}), flush=True)
