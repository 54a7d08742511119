"""The peers' side of `ft-bench speed`: the same work as src/speed/operations, in the libraries people use for it in Python.

Speaks the protocol of src/speed/worker-protocol.ts: one JSON request a line on standard input, one answer a line on
standard output. Each library is imported when an operation first needs it; where it is missing, the answer says so.

    pip install -r requirements.txt
"""

import importlib
import json
import os
import re
import sys
import time

THREADS = int(os.environ.get("OMP_NUM_THREADS", "2"))
DIMENSION = 128


def torch():
    module = importlib.import_module("torch")
    if module.get_num_threads() != THREADS:
        module.set_num_threads(THREADS)
    return module


def device():
    wanted = os.environ.get("FT_BENCH_DEVICE", "cpu")
    return torch().device(wanted)


def done():
    """Waits for the device, so that a time is that of the work and not of its order."""
    if device().type == "cuda":
        torch().cuda.synchronize()


def normal_rows(rows, seed=1):
    t = torch()
    return t.randn(rows, DIMENSION, generator=t.Generator().manual_seed(seed))


def unit_rows(rows, seed=1):
    return torch().nn.functional.normalize(normal_rows(rows, seed))


def numpy_unit_rows(rows, seed=1):
    np = importlib.import_module("numpy")
    values = np.random.default_rng(seed).standard_normal((rows, DIMENSION), dtype=np.float32)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


# --- distances -------------------------------------------------------------------------------------------------------


def matrix(measure, x):
    t = torch()
    if measure == "euclidean":
        return t.cdist(x, x)
    if measure == "squared-euclidean":
        return t.cdist(x, x) ** 2
    if measure == "cosine":
        unit = t.nn.functional.normalize(x)
        return unit @ unit.T
    from pytorch_metric_learning.distances import SNRDistance

    return SNRDistance(normalize_embeddings=False)(x)


def distances(p):
    x = unit_rows(p["batch"]).to(device())

    def run():
        with torch().no_grad():
            matrix(p["measure"], x).cpu()

    return run


def distances_gradient(p):
    x = unit_rows(p["batch"]).to(device()).requires_grad_()

    def run():
        x.grad = None
        matrix(p["measure"], x).sum().backward()
        x.grad.cpu()

    return run


# --- losses ----------------------------------------------------------------------------------------------------------


def make_loss(name, classes):
    from pytorch_metric_learning import losses

    sizes = {"num_classes": classes, "embedding_size": DIMENSION}
    return {
        "triplet": lambda: losses.TripletMarginLoss(margin=0.2),
        "margin": lambda: losses.MarginLoss(),
        "contrastive": lambda: losses.ContrastiveLoss(),
        "lifted": lambda: losses.LiftedStructureLoss(),
        "generalized lifted": lambda: losses.GeneralizedLiftedStructureLoss(),
        "ranked list": lambda: losses.RankedListLoss(margin=0.4, Tn=10, alpha=1.2),
        "nca": lambda: losses.NCALoss(),
        "fast-ap": lambda: losses.FastAPLoss(),
        "multi-similarity": lambda: losses.MultiSimilarityLoss(),
        "circle": lambda: losses.CircleLoss(),
        "nt-xent": lambda: losses.NTXentLoss(),
        "sup-con": lambda: losses.SupConLoss(),
        "n-pairs": lambda: losses.NPairsLoss(),
        "tuplet": lambda: losses.TupletMarginLoss(),
        "angular": lambda: losses.AngularLoss(),
        "histogram": lambda: losses.HistogramLoss(),
        "intra-pair variance": lambda: losses.IntraPairVarianceLoss(),
        "snr contrastive": lambda: losses.SignalToNoiseRatioContrastiveLoss(),
        "threshold-consistent margin": lambda: losses.ThresholdConsistentMarginLoss(),
        "smooth-ap": lambda: losses.SmoothAPLoss(),
        "pnp": lambda: losses.PNPLoss(),
        "vic-reg": lambda: losses.VICRegLoss(),
        "normalized softmax": lambda: losses.NormalizedSoftmaxLoss(**sizes),
        "sphereface": lambda: losses.SphereFaceLoss(**sizes),
        "large-margin softmax": lambda: losses.LargeMarginSoftmaxLoss(**sizes),
        "cosface": lambda: losses.CosFaceLoss(**sizes),
        "arcface": lambda: losses.ArcFaceLoss(**sizes),
        "sub-center arcface": lambda: losses.SubCenterArcFaceLoss(**sizes),
        "proxy-nca": lambda: losses.ProxyNCALoss(**sizes),
        "proxy-anchor": lambda: losses.ProxyAnchorLoss(**sizes),
        "soft-triple": lambda: losses.SoftTripleLoss(**sizes),
        "p2s-grad": lambda: losses.P2SGradLoss(DIMENSION, classes),
    }[name]()


def loss(p):
    t = torch()
    name, batch = p["name"], p["batch"]
    labels = (t.arange(batch) // 4).to(device())
    x = normal_rows(batch).to(device()).requires_grad_()
    if name == "softmax":
        linear = t.nn.Linear(DIMENSION, batch // 4).to(device())
        value = lambda: t.nn.functional.cross_entropy(linear(x), labels)
        weights = list(linear.parameters())
    else:
        module = make_loss(name, batch // 4).to(device())
        weights = list(module.parameters())
        if name in ("triplet", "margin"):
            tuples = tuple(index.to(device()) for index in every_positive(batch))
            value = lambda: module(x, labels, tuples)
        elif name == "vic-reg":
            value = lambda: module(x[: batch // 2], ref_emb=x[batch // 2 :])
        else:
            value = lambda: module(x, labels)

    def run():
        x.grad = None
        for weight in weights:
            weight.grad = None
        result = value()
        result.backward()
        result.item()
        x.grad.cpu()

    return run


def every_positive(batch):
    t = torch()
    anchors = t.arange(batch).repeat_interleave(3)
    k = t.arange(1, 4).repeat(batch)
    return anchors, (anchors - anchors % 4) + (anchors + k) % 4, (anchors + 4 * k) % batch


# --- miners ----------------------------------------------------------------------------------------------------------


def mine(p):
    from pytorch_metric_learning import distances as pml_distances
    from pytorch_metric_learning import miners

    t = torch()
    rows = unit_rows(p["batch"])
    labels = t.arange(p["batch"]) // 4
    ready = t.cdist(rows, rows)

    class Given(pml_distances.LpDistance):
        """Hands over a matrix that is already there."""

        def forward(self, *_):
            return ready

    given = {"distance": Given()}
    miner = {
        "triplet-margin": lambda: miners.TripletMarginMiner(0.2, "semihard", **given),
        "batch-hard": lambda: miners.BatchHardMiner(**given),
        "batch-easy-hard": lambda: miners.BatchEasyHardMiner(**given),
        "multi-similarity": lambda: miners.MultiSimilarityMiner(0.1, **given),
        "pair-margin": lambda: miners.PairMarginMiner(0.2, 0.8, **given),
        "hard-aware-cascade": lambda: miners.HDCMiner(**given),
        "uniform-histogram": lambda: miners.UniformHistogramMiner(**given),
        "distance-weighted": lambda: miners.DistanceWeightedMiner(**given),
        "angular": lambda: miners.AngularMiner(),
    }[p["name"]]()
    return lambda: void(miner(rows, labels))


def void(_):
    return None


# --- networks --------------------------------------------------------------------------------------------------------


def network(name):
    nets = importlib.import_module("networks")
    return nets.make(name).to(device()).to(memory_format=torch().channels_last)


def images(name, batch):
    t = torch()
    side = 150 if name == "dlib" else 112
    pixels = t.rand(batch, 3, side, side, generator=t.Generator().manual_seed(1)) * 255
    return pixels.to(device()).contiguous(memory_format=t.channels_last)


def step(p):
    t = torch()
    net = network(p["network"]).train()
    x = images(p["network"], p["batch"])
    optimizer = t.optim.Adam(net.parameters(), 1e-3)

    def run():
        unit = t.nn.functional.normalize(net((x - 127.5) / 128))
        value = (unit @ unit.T).square().mean()
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        value.item()
        done()

    return run


def augment(pixels, chosen):
    """Mirrors, moves by up to four pixels, brightens and adds noise, all images of the batch at once."""
    t = torch()
    f = t.nn.functional
    batch, size = len(chosen), pixels.shape[-1]
    wide = f.pad(pixels[chosen].float(), (4, 4, 4, 4), mode="replicate")
    columns = t.arange(size) + t.randint(0, 9, (batch, 1))
    columns = t.where(t.rand(batch, 1) < 0.5, columns, columns.flip(1))
    rows = t.arange(size) + t.randint(0, 9, (batch, 1))
    images = t.arange(batch)[:, None, None]
    moved = wide.permute(0, 2, 3, 1)[images, rows[:, :, None], columns[:, None, :]]
    moved *= 0.8 + 0.4 * t.rand(batch, 1, 1, 1)
    return moved.add_(t.randn_like(moved), alpha=4).clamp_(0, 255).sub_(127.5).div_(64).permute(0, 3, 1, 2)


def training(p):
    from pytorch_metric_learning import distances as pml_distances
    from pytorch_metric_learning import losses, miners, samplers

    t = torch()
    batch, size = p["batch"], p["size"]
    nets = importlib.import_module("networks")
    net = nets.small_cnn(size).to(device()).to(memory_format=t.channels_last).train()
    people = batch
    labels = t.arange(4 * people) // 4
    pixels = t.randint(0, 256, (4 * people, 3, size, size), dtype=t.uint8, generator=t.Generator().manual_seed(1))
    pixels = pixels.contiguous(memory_format=t.channels_last)
    decayed = [weight for weight in net.parameters() if weight.ndim > 1]
    others = [weight for weight in net.parameters() if weight.ndim == 1]
    optimizer = t.optim.AdamW([{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0}], 1e-3)
    squared = {"distance": pml_distances.LpDistance(power=2)}
    miner = miners.TripletMarginMiner(0.2, "semihard", **squared)
    criterion = losses.TripletMarginLoss(0.2, **squared)
    sampler = samplers.MPerClassSampler(labels, 4, batch, 3 * batch)

    def run():
        for chosen in t.tensor(list(sampler)).view(3, batch):
            embeddings = net(augment(pixels, chosen).to(device()))
            of = labels[chosen].to(device())
            value = criterion(embeddings, of, miner(embeddings, of))
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            value.item()

    return run


def forward(p):
    net = network(p["network"]).eval()
    x = images(p["network"], p["batch"])

    def run():
        with torch().no_grad():
            net((x - 127.5) / 128).cpu()

    return run


def embed(p):
    t = torch()
    net = network(p["network"]).eval()
    side = 150 if p["network"] == "dlib" else 112
    pixels = t.randint(0, 256, (p["images"], side, side, 3), dtype=t.uint8)

    def run():
        with t.no_grad():
            for start in range(0, len(pixels), p["batch"]):
                x = pixels[start : start + p["batch"]].to(device()).permute(0, 3, 1, 2).float()
                net((x - 127.5) / 128).cpu()

    return run


# --- pictures --------------------------------------------------------------------------------------------------------


def decode(p):
    from multiprocessing.pool import ThreadPool

    np = importlib.import_module("numpy")
    size, crop = p["size"], p["crop"]
    left, top = crop["centerX"] - crop["size"] / 2, crop["centerY"] - crop["size"] / 2
    out = np.empty((len(p["files"]), size, size, 3), np.uint8)
    if p["library"] == "pillow":
        image = importlib.import_module("PIL.Image")

        def one(job):
            index, file = job
            box = (left, top, left + crop["size"], top + crop["size"])
            out[index] = image.open(file).convert("RGB").resize((size, size), image.BILINEAR, box=box)

    else:
        cv2 = importlib.import_module("cv2")
        cv2.setNumThreads(1)
        x, y, side = round(left), round(top), round(crop["size"])

        def one(job):
            index, file = job
            face = cv2.imread(file, cv2.IMREAD_COLOR)[y : y + side, x : x + side]
            out[index] = cv2.cvtColor(cv2.resize(face, (size, size), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)

    pool = ThreadPool(THREADS)
    return lambda: void(pool.map(one, list(enumerate(p["files"])), chunksize=16))


# --- evaluation ------------------------------------------------------------------------------------------------------


def view2(p):
    np = importlib.import_module("numpy")
    metrics = importlib.import_module("sklearn.metrics")
    random = np.random.default_rng(1)
    pairs = 6000
    a = random.standard_normal((pairs, DIMENSION), dtype=np.float32)
    b = random.standard_normal((pairs, DIMENSION), dtype=np.float32)
    same = (np.arange(pairs) // 300) % 2 == 1
    b[same] = 0.6 * a[same] + 0.4 * b[same]
    folds = np.arange(pairs) // 600

    def best(d, s):
        order = np.argsort(d)
        right = np.cumsum(np.where(s[order], 1, -1))
        return d[order][np.argmax(right)]

    def run():
        d = ((a.astype(np.float64) - b) ** 2).sum(1)
        for fold in range(10):
            test = folds == fold
            ((d[test] <= best(d[~test], same[~test])) == same[test]).mean()
        metrics.roc_curve(same, -d)
        metrics.roc_auc_score(same, -d)

    return run


def all_pairs(p):
    np = importlib.import_module("numpy")
    metrics = importlib.import_module("sklearn.metrics")
    rows = p["rows"]
    x = numpy_unit_rows(rows)
    labels = np.random.default_rng(2).integers(0, -(-rows * 10 // 23), rows)

    def run():
        scores, truth = [], []
        for start in range(0, rows, 1024):
            block = x[start : start + 1024] @ x.T
            for row in range(len(block)):
                scores.append(block[row, start + row + 1 :])
                truth.append(labels[start + row + 1 :] == labels[start + row])
        far, tar, _ = metrics.roc_curve(np.concatenate(truth), np.concatenate(scores))
        metrics.auc(far, tar)

    return run


def open_set_search(p):
    np = importlib.import_module("numpy")
    people, probes = p["people"], p["probes"]
    gallery = numpy_unit_rows(people, 5)
    x = numpy_unit_rows(probes, 6)
    half = probes // 2
    x[:half] = 0.7 * gallery[:half] + 0.7 * x[:half]

    def run():
        nearest, scores = [], []
        for start in range(0, probes, 256):
            products = x[start : start + 256] @ gallery.T
            found = products.argmax(1)
            nearest.append(found)
            scores.append(products[np.arange(len(found)), found])
        nearest, scores = np.concatenate(nearest), np.concatenate(scores)
        threshold = np.sort(scores[half:])[::-1][int(0.01 * (probes - half))]
        np.mean((nearest[:half] == np.arange(half)) & (scores[:half] > threshold))

    return run


def faiss_and_clusters(rows):
    np = importlib.import_module("numpy")
    faiss = importlib.import_module("faiss")
    faiss.omp_set_num_threads(THREADS)
    centers = numpy_unit_rows(-(-rows // 10), 3)
    return faiss, np.ascontiguousarray(0.5 * numpy_unit_rows(rows, 4) + np.repeat(centers, 10, 0)[:rows])


def exact_index(p):
    faiss, x = faiss_and_clusters(p["rows"])

    def run():
        flat = faiss.IndexFlatL2(DIMENSION)
        flat.add(x)
        flat.search(x, 10)

    return run


def index(p):
    faiss, x = faiss_and_clusters(p["rows"])

    def run():
        # The same graph: 16 neighbours, 128 candidates when adding, 64 when searching.
        graph = faiss.IndexHNSWFlat(DIMENSION, 16)
        graph.hnsw.efConstruction = 128
        graph.hnsw.efSearch = 64
        graph.add(x)
        graph.search(x, 10)

    return run


OPERATIONS = {
    "distances": distances,
    "distances gradient": distances_gradient,
    "loss": loss,
    "mine": mine,
    "step": step,
    "training": training,
    "forward": forward,
    "embed": embed,
    "decode": decode,
    "view 2": view2,
    "all pairs": all_pairs,
    "open-set search": open_set_search,
    "exact index": exact_index,
    "index": index,
}

# --- protocol --------------------------------------------------------------------------------------------------------


def status(field):
    with open("/proc/self/status") as file:
        return 1024 * int(re.search(rf"^{field}:\s+(\d+) kB", file.read(), re.M)[1])


def timed(run, times):
    start = time.perf_counter()
    for _ in range(times):
        run()
    return 1000 * (time.perf_counter() - start) / times


def first(run):
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        before = status("VmRSS")
    except OSError:
        return {"value": timed(run, 1), "peakBytes": None}
    value = timed(run, 1)
    return {"value": value, "peakBytes": max(0, status("VmHWM") - before)}


def versions():
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": sys.version.split()[0]}
    for name in ("torch", "pytorch-metric-learning", "numpy", "scikit-learn", "pillow", "opencv-python-headless", "faiss-cpu"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            pass
    return found


def answer(request, handles):
    kind = request["do"]
    if kind == "hello":
        return {"versions": versions()}
    if kind == "prepare":
        handles[request["id"]] = OPERATIONS[request["operation"]](request["parameters"])
        return {"handle": request["id"]}
    if kind == "close":
        del handles[request["handle"]]
        return {}
    run = handles[request["handle"]]
    return first(run) if kind == "first" else {"value": timed(run, request["times"])}


def main():
    # Whatever a library prints goes to standard error; the answers have the real standard output to themselves.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    handles = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = answer(request, handles)
        except ImportError as error:
            reply = {"missing": f"{error}; pip install -r {os.path.join(os.path.dirname(os.path.abspath(__file__)), 'requirements.txt')}"}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}".split("\n")[0][:200]}
        out.write(json.dumps({"id": request["id"], **reply}) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
