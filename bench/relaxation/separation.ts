/**
 * Speed of separation: `npx tsx bench/relaxation/separation.ts [--out bench/results/relaxation-separation.jsonl]`.
 * Pairs of neuron and point a second of processor time (and of the clock, which a busy machine slows down) on one
 * core, by number of inputs and activation. Points are random in the box,
 * y random around the hull, so that some pairs give a cut (with its plane) and some do not.
 */
import { Command } from "commander";
import { activationByName } from "../../src/networks/activations.ts";
import { NeuronEnvelope } from "../../src/relaxation/neuron-envelope.ts";
import { renderTable } from "../../src/report/table.ts";
import { seededRandom } from "../random.ts";
import { Record } from "../record.ts";

interface Row {
  readonly activation: string;
  readonly n: number;
  /** Per second of this process's processor time. */
  readonly pairsPerSecond: number;
  readonly pairsPerClockSecond: number;
  readonly cutsShare: number;
  readonly certifiedPerSecond: number;
}

const SIZES = [5, 10, 20, 50, 100, 200, 500, 1000, 2000];
const ACTIVATIONS = ["relu", "sigmoid", "tanh", "softplus"];
const SECONDS = 0.5;

function measure(activation: string, n: number): Row {
  const random = seededRandom(n);
  const neurons = Math.max(1, Math.round(2000 / n));
  const envelopes = Array.from({ length: neurons }, () => {
    // An argument of the same spread whatever n.
    const weights = Float64Array.from({ length: n }, () => (6 * (random() - 0.5)) / Math.sqrt(n));
    const box = { lower: new Float64Array(n).fill(-1), upper: new Float64Array(n).fill(1) };
    return new NeuronEnvelope({ weights, bias: random() - 0.5, activation: activationByName(activation) }, box);
  });
  const points = Array.from({ length: 50 }, () => Float64Array.from({ length: n }, () => 2 * random() - 1));
  const heights = envelopes.map((envelope) =>
    points.map((x) => {
      const [low, high] = [envelope.lower(x), envelope.upper(x)];
      return low + (1.6 * random() - 0.3) * (high - low);
    }),
  );
  const run = (certify: boolean): { perSecond: number; perClockSecond: number; share: number } => {
    let [pairs, cuts] = [0, 0];
    const cpu = process.cpuUsage();
    const start = performance.now();
    do {
      for (let e = 0; e < envelopes.length; e++) {
        for (let p = 0; p < points.length; p++, pairs++) {
          const cut = envelopes[e].separate(points[p], heights[e][p]);
          if (!cut) continue;
          cuts++;
          if (certify) envelopes[e].certifiedCut(cut);
        }
      }
    } while (performance.now() - start < 1000 * SECONDS);
    const perClockSecond = (1000 * pairs) / (performance.now() - start);
    const { user, system } = process.cpuUsage(cpu);
    return { perSecond: (1e6 * pairs) / (user + system), perClockSecond, share: cuts / pairs };
  };
  run(true);
  const plain = run(false);
  return {
    activation,
    n,
    pairsPerSecond: plain.perSecond,
    pairsPerClockSecond: plain.perClockSecond,
    cutsShare: plain.share,
    certifiedPerSecond: run(true).perSecond,
  };
}

const { out } = new Command().option("--out <file>").parse().opts<{ out?: string }>();
const command = `npx tsx bench/relaxation/separation.ts${out === undefined ? "" : ` --out ${out}`}`;
const record = new Record(out, { set: "relaxation-separation", command, versions: { node: process.version } });
const rows = ACTIVATIONS.flatMap((activation) =>
  SIZES.map((n) => {
    const row = measure(activation, n);
    record.add(row);
    return row;
  }),
);
console.log(
  renderTable<Row>(
    [
      { title: "activation", align: "left", cell: ({ activation }) => activation },
      { title: "n", cell: ({ n }) => String(n) },
      { title: "pairs/s", cell: ({ pairsPerSecond }) => pairsPerSecond.toFixed(0) },
      { title: "by the clock", cell: ({ pairsPerClockSecond }) => pairsPerClockSecond.toFixed(0) },
      { title: "ns per input", cell: ({ n, pairsPerSecond }) => (1e9 / pairsPerSecond / n).toFixed(1) },
      { title: "cuts", cell: ({ cutsShare }) => `${(100 * cutsShare).toFixed(0)} %` },
      { title: "pairs/s, cuts certified", cell: ({ certifiedPerSecond }) => certifiedPerSecond.toFixed(0) },
    ],
    rows,
  ),
);
