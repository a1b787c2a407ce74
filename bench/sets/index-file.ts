import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** One problem of a collection, with what is known of its answer. */
export interface Entry {
  readonly name: string;
  /** Full path. */
  readonly file: string;
  readonly expected: "solved" | "primalInfeasible" | "dualInfeasible" | undefined;
  /** Reference objective in the file's own convention. */
  readonly reference: number | undefined;
  /** How far apart the runs behind the reference lie. */
  readonly spread: number;
}

interface IndexEntry {
  readonly name: string;
  readonly file: string;
  readonly status?: string;
  readonly reference_objective?: number | null;
  readonly objective?: number | null;
  readonly reference_spread?: number | null;
}

function expectedStatus(status: string | undefined): Entry["expected"] {
  switch (status) {
    case "optimal":
      return "solved";
    case "infeasible":
    case "primal_infeasible":
      return "primalInfeasible";
    case "unbounded":
    case "dual_infeasible":
      return "dualInfeasible";
    case undefined:
      return undefined;
    default:
      throw new Error(`the index names an unknown status: ${status}`);
  }
}

const PROBLEM_FILE = /\.(dat-s|cbf|mps|json)(\.gz)?$/i;

/**
 * The problems of a folder: those of its `*.json` index with a `problems` list, or, without one, every problem file
 * in it (then without references).
 */
export async function readCollection(folder: string): Promise<Entry[]> {
  const names = (await readdir(folder)).sort();
  for (const name of names.filter((n) => n.endsWith(".json"))) {
    const index = JSON.parse(await readFile(join(folder, name), "utf8")) as { problems?: unknown };
    if (!Array.isArray(index.problems)) continue;
    return (index.problems as IndexEntry[])
      .filter((p) => typeof p.file === "string")
      .map((p) => ({
        name: p.name,
        file: join(folder, p.file),
        expected: expectedStatus(p.status),
        reference: p.reference_objective ?? p.objective ?? undefined,
        spread: p.reference_spread ?? 0,
      }));
  }
  return names
    .filter((name) => PROBLEM_FILE.test(name))
    .map((name) => ({
      name: name.replace(PROBLEM_FILE, ""),
      file: join(folder, name),
      expected: undefined,
      reference: undefined,
      spread: 0,
    }));
}
