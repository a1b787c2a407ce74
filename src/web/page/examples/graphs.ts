import { seededRandom } from "./random.ts";

/** A simple graph; edges have i < j, zero-based. */
export interface Graph {
  readonly nodes: number;
  readonly edges: readonly (readonly [number, number])[];
}

/** The Petersen graph: ϑ = 4. */
export function petersenGraph(): Graph {
  const edges: [number, number][] = [];
  for (let k = 0; k < 5; k++) {
    edges.push(ordered(k, (k + 1) % 5), [k, k + 5], ordered(k + 5, ((k + 2) % 5) + 5));
  }
  return { nodes: 10, edges };
}

/** A graph drawn evenly among those with this number of edges. */
export function randomGraph(nodes: number, count: number, seed: number): Graph {
  const random = seededRandom(seed);
  const drawn = new Map<number, readonly [number, number]>();
  while (drawn.size < count) {
    const [i, j] = [Math.floor(random() * nodes), Math.floor(random() * nodes)];
    if (i !== j) drawn.set(Math.min(i, j) * nodes + Math.max(i, j), ordered(i, j));
  }
  return { nodes, edges: [...drawn].sort(([a], [b]) => a - b).map(([, edge]) => edge) };
}

function ordered(i: number, j: number): [number, number] {
  return i < j ? [i, j] : [j, i];
}

/**
 * Lovász's ϑ of a graph as SDPA text: max J•Y over tr Y = 1, Y_ij = 0 for edges, Y ⪰ 0.
 * L. Lovász, On the Shannon capacity of a graph, 1979.
 */
export function thetaProblem({ nodes, edges }: Graph, title: string): string {
  const lines = [`"${title}"`, String(edges.length + 1), "1", String(nodes), ["1", ...edges.map(() => "0")].join(" ")];
  for (let i = 1; i <= nodes; i++) for (let j = i; j <= nodes; j++) lines.push(`0 1 ${i} ${j} 1`);
  for (let i = 1; i <= nodes; i++) lines.push(`1 1 ${i} ${i} 1`);
  edges.forEach(([i, j], k) => lines.push(`${k + 2} 1 ${i + 1} ${j + 1} 1`));
  return `${lines.join("\n")}\n`;
}

/**
 * The semidefinite bound on a graph's maximum cut as SDPA text: max ¼L•Y over Y_ii = 1, Y ⪰ 0.
 * M. Goemans, D. Williamson, Improved approximation algorithms for maximum cut, 1995.
 */
export function maxCutProblem({ nodes, edges }: Graph, title: string): string {
  const degrees = new Float64Array(nodes);
  for (const [i, j] of edges) {
    degrees[i]++;
    degrees[j]++;
  }
  const lines = [`"${title}"`, String(nodes), "1", String(nodes), new Array(nodes).fill("1").join(" ")];
  degrees.forEach((degree, i) => lines.push(`0 1 ${i + 1} ${i + 1} ${degree / 4}`));
  for (const [i, j] of edges) lines.push(`0 1 ${i + 1} ${j + 1} -0.25`);
  for (let i = 1; i <= nodes; i++) lines.push(`${i} 1 ${i} ${i} 1`);
  return `${lines.join("\n")}\n`;
}
