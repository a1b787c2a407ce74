import type { CompleteProblem } from "../problem.ts";
import { isNorm } from "../problem.ts";

/**
 * Maximal cliques of a chordal extension of the correlative sparsity graph (Waki, Kim, Kojima & Muramatsu
 * 2006): variables are joined when they share a monomial of the objective or a constraint. The extension
 * comes from a greedy minimum-degree elimination.
 */
export function variableCliques(problem: CompleteProblem): number[][] {
  const neighbours = Array.from({ length: problem.n }, () => new Set<number>());
  const join = (variables: readonly number[]): void => {
    for (const u of variables) for (const v of variables) if (u !== v) neighbours[u].add(v);
  };
  const objectives = isNorm(problem.objective) ? problem.objective.residuals : [problem.objective];
  for (const f of objectives) for (const { monomial } of f.terms) join(monomial);
  for (const g of [...problem.inequalities, ...problem.equalities]) join(g.variables);
  return chordalCliques(neighbours);
}

/** Maximal cliques of a chordal extension of a graph; the graph is used up. */
export function chordalCliques(neighbours: readonly Set<number>[]): number[][] {
  const n = neighbours.length;
  const buckets = Array.from({ length: n + 1 }, () => new Set<number>());
  neighbours.forEach((set, v) => buckets[set.size].add(v));
  const cliques: number[][] = [];
  const found: Set<number>[] = [];
  const memberOf = Array.from({ length: n }, () => [] as number[]);
  let least = 0;
  for (let step = 0; step < n; step++) {
    while (buckets[least].size === 0) least++;
    const v = buckets[least].values().next().value as number;
    buckets[least].delete(v);
    const around = [...neighbours[v]];
    for (const u of around) {
      buckets[neighbours[u].size].delete(u);
      neighbours[u].delete(v);
      for (const w of around) if (w !== u) neighbours[u].add(w);
      buckets[neighbours[u].size].add(u);
      least = Math.min(least, neighbours[u].size);
    }
    const clique = [v, ...around];
    // Cliques come in order of elimination: a later one can only lie inside an earlier one.
    if (memberOf[v].some((k) => clique.every((u) => found[k].has(u)))) continue;
    for (const u of clique) memberOf[u].push(found.length);
    found.push(new Set(clique));
    cliques.push(clique.sort((a, b) => a - b));
  }
  return cliques;
}

/** The first clique that holds all these variables. */
export function cliqueOf(
  cliques: readonly (readonly number[])[],
  sets: readonly ReadonlySet<number>[],
  variables: readonly number[],
): number {
  for (let k = 0; k < cliques.length; k++) if (variables.every((v) => sets[k].has(v))) return k;
  return -1;
}
