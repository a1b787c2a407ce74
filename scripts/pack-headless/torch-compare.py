#!/usr/bin/env python3
"""Products and symmetric eigendecompositions with PyTorch, beside `run.sh bench gpu`: one JSON object.

f32 products without TF32; torch.linalg.eigh in f32 and f64, alone and as a projection onto the PSD cone.
"""
import argparse
import json
import statistics
import sys
import time

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--products", default="1024,2048,4096", help="orders of products")
parser.add_argument("--eigh", default="1000,2000,4000", help="orders of eigendecompositions")
parser.add_argument("--device", help="cuda where there is one, else cpu")
options = parser.parse_args()

try:
    import torch
except ImportError:
    print(json.dumps({"torch": None}))
    sys.exit()

device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
torch.set_float32_matmul_precision("highest")
torch.manual_seed(1)


def synchronize():
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def milliseconds(call, batches=3, target=0.03):
    """Median time of a call; short ones are repeated within a batch."""
    call()
    synchronize()
    start = time.perf_counter()
    call()
    synchronize()
    once = time.perf_counter() - start
    runs = max(1, min(1000, round(target / once)))
    times = []
    for _ in range(batches):
        start = time.perf_counter()
        for _ in range(runs):
            call()
        synchronize()
        times.append((time.perf_counter() - start) / runs)
    return 1000 * statistics.median(times)


def orders(text):
    return [int(part) for part in text.split(",") if part]


products = []
for n in orders(options.products):
    a = torch.randn(n, n, device=device)
    b = torch.randn(n, n, device=device)
    c = torch.empty(n, n, device=device)
    time_ms = milliseconds(lambda: torch.matmul(a, b, out=c))
    exact = a[:16].double() @ b.double()
    error = float((c[:16].double() - exact).norm() / exact.norm())
    products.append({"n": n, "gflops": 2 * n**3 / time_ms / 1e6, "milliseconds": time_ms, "error": error})

decompositions = []
for n in orders(options.eigh):
    g = torch.randn(n, n, device=device, dtype=torch.float64)
    x64 = (g + g.T) / 2
    for dtype in (torch.float32, torch.float64):
        x = x64.to(dtype)

        def project():
            values, vectors = torch.linalg.eigh(x)
            return (vectors * values.clamp(min=0)) @ vectors.T

        eigh_ms = milliseconds(lambda: torch.linalg.eigh(x))
        projection_ms = milliseconds(project)
        name = "f32" if dtype == torch.float32 else "f64"
        decompositions.append({"n": n, "type": name, "eighMs": eigh_ms, "projectionMs": projection_ms})

name = torch.cuda.get_device_name() if device.startswith("cuda") else "cpu"
print(json.dumps({
    "torch": torch.__version__,
    "cuda": torch.version.cuda,
    "device": name,
    "tf32": False,
    "products": products,
    "eigh": decompositions,
}))
