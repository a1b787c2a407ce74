import { loadGenerator } from "../tasks/generate/registry.ts";
import type { Generator, GeneratorRequest } from "../tasks/generate/registry.ts";
import { checkInputs, parameterWords } from "../tasks/parameters.ts";
import { loadTask } from "../tasks/registry.ts";
import { schemaFaults, schemaKeys, suggestion } from "../tasks/schema-fault.ts";
import type { Task } from "../tasks/task.ts";
import { SettingsError } from "../errors.ts";
import { InputFinder } from "./find-inputs.ts";
import { makeJob } from "./job.ts";
import type { InputReference, PlannedJob } from "./job.ts";
import { canonicalJson, sha256 } from "./json.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { InputSource, Plan } from "./plan.ts";
import type { PlanFile, PlanPath } from "./plan-file.ts";

/** More jobs than this in one plan are refused: the list of them would no longer fit in memory comfortably. */
export const MOST_JOBS = 1_000_000;

/** All jobs of a plan, in its order. */
export interface Expansion {
  readonly jobs: readonly PlannedJob[];
  /** Of the set of jobs: the same whatever their order. */
  readonly hash: string;
  /** Inputs known by hash only, and where they were looked for. */
  readonly missing: readonly string[];
}

/** A value along an axis: what it sets, its name in the cell, and where it stands in the plan. */
interface Setting {
  readonly cell: Readonly<Record<string, JsonValue>>;
  readonly parameters: Readonly<Record<string, JsonValue>>;
  readonly generate: Readonly<Record<string, JsonValue>>;
  readonly inputs: Readonly<Record<string, InputReference>>;
  readonly path: PlanPath;
}

/**
 * Expands a plan: list × inputs × grid × seeds × repeats.
 * @param folders where else to look for inputs
 * @throws FormatError at the place in the plan: parameters that the task refuses, inputs that are not there, equal jobs
 */
export async function expandPlan(file: PlanFile, folders: readonly string[] = []): Promise<Expansion> {
  return new Expander(file, await loadTask(file.plan.task), new InputFinder(file.folder, folders)).expand();
}

class Expander {
  private readonly file: PlanFile;
  private readonly plan: Plan;
  private readonly task: Task;
  private readonly finder: InputFinder;
  private readonly parameterKeys: readonly string[];
  private readonly missing = new Set<string>();

  constructor(file: PlanFile, task: Task, finder: InputFinder) {
    this.file = file;
    this.plan = file.plan;
    this.task = task;
    this.finder = finder;
    this.parameterKeys = schemaKeys(task.parameters);
  }

  async expand(): Promise<Expansion> {
    const { plan } = this;
    const generator = await this.generator();
    const axes = [await this.variants(), ...(await this.inputAxes(plan.inputs, ["inputs"])), ...this.gridAxes(generator)];
    const seeds = this.seeds(generator);
    const count = axes.reduce((product, axis) => product * axis.length, 1) * seeds.length * plan.repeats;
    if (count > MOST_JOBS) {
      throw this.file.fault(`the plan has ${count.toLocaleString("en-US")} jobs; split it: a million is the most`, []);
    }
    const jobs: PlannedJob[] = [];
    const known = new Map<string, number>();
    for (const settings of combinations(axes)) {
      for (const seed of seeds) {
        for (let repeat = 1; repeat <= plan.repeats; repeat++) {
          const planned = await this.job(settings, generator, seed, repeat, jobs.length);
          const twin = known.get(planned.job.hash);
          if (twin !== undefined) {
            throw this.file.fault(
              `jobs ${twin + 1} and ${jobs.length + 1} of the plan are the same; to run a job several times, use repeats`,
              settings.find(({ path }) => path.length > 0)?.path ?? [],
            );
          }
          known.set(planned.job.hash, jobs.length);
          jobs.push(planned);
        }
      }
    }
    const hash = sha256(canonicalJson(jobs.map(({ job }) => job.hash).sort()));
    return { jobs, hash, missing: [...this.missing] };
  }

  private async generator(): Promise<Generator | undefined> {
    const { generate } = this.plan;
    if (generate === undefined) return undefined;
    const generator = await loadGenerator(generate.kind).catch((error: unknown) => {
      throw error instanceof SettingsError ? this.file.fault(error.message, ["generate", "kind"]) : error;
    });
    if (generator.task !== this.task.name) {
      throw this.file.fault(`${generator.name} makes inputs for ${generator.task}, not for ${this.task.name}`, ["generate", "kind"]);
    }
    return generator;
  }

  /** The list of the plan, or one variant that sets nothing. */
  private async variants(): Promise<Setting[]> {
    const { list } = this.plan;
    if (list === undefined) return [{ cell: {}, parameters: {}, generate: {}, inputs: {}, path: [] }];
    const settings: Setting[] = [];
    for (const [k, { name, parameters, generate, inputs }] of list.entries()) {
      const path = ["list", k];
      const stated = { ...parameters, ...prefixed(generate) };
      const cell = name === undefined ? stated : { variant: name };
      const axes = await this.inputAxes(inputs, [...path, "inputs"]);
      for (const found of combinations(axes)) {
        const all = [{ cell, parameters, generate, inputs: {}, path }, ...found];
        settings.push({ ...merge(all), path });
      }
    }
    return settings;
  }

  private async inputAxes(inputs: Plan["inputs"], path: PlanPath): Promise<Setting[][]> {
    const axes: Setting[][] = [];
    for (const [slot, given] of Object.entries(inputs)) {
      const slots = this.task.inputs.map(({ name }) => name);
      if (!slots.includes(slot)) {
        throw this.file.fault(`${this.task.name} has no input "${slot}"${suggestion(slot, slots)}`, [...path, slot]);
      }
      const several = Array.isArray(given);
      const sources = (several ? given : [given]) as readonly InputSource[];
      const axis: Setting[] = [];
      const labels = sources.map(labelOf);
      for (const [k, source] of sources.entries()) {
        const at = several ? [...path, slot, k] : [...path, slot];
        const found = await this.finder.find(source);
        if (found.fault !== undefined) throw this.file.fault(found.fault, at);
        if (found.missing !== undefined) this.missing.add(found.missing);
        const { reference } = found;
        const ambiguous = labels.filter(({ short }) => short === labels[k].short).length > 1;
        const key = this.parameterKeys.includes(slot) ? `inputs.${slot}` : slot;
        const cell = several ? { [key]: ambiguous ? labels[k].long : labels[k].short } : {};
        axis.push({ cell, parameters: {}, generate: {}, inputs: { [slot]: reference }, path: at });
      }
      axes.push(axis);
    }
    return axes;
  }

  private gridAxes(generator: Generator | undefined): Setting[][] {
    const { grid, parameters, list = [] } = this.plan;
    return Object.entries(grid).map(([key, values]) => {
      const made = /^generate\.(.+)$/.exec(key)?.[1];
      if (made !== undefined && generator === undefined) {
        throw this.file.fault(`${key} needs a generator: add generate with its kind`, ["grid", key]);
      }
      if (key in parameters || list.some((entry) => key in entry.parameters)) {
        throw this.file.fault(`${key} stands in parameters or the list and in the grid; keep one`, ["grid", key]);
      }
      return values.map((value, k) => ({
        cell: { [key]: value },
        parameters: made === undefined ? { [key]: value } : {},
        generate: made === undefined ? {} : { [made]: value },
        inputs: {},
        path: ["grid", key, k],
      }));
    });
  }

  private seeds(generator: Generator | undefined): (number | undefined)[] {
    const { seeds, parameters, grid } = this.plan;
    if (seeds === undefined) return [undefined];
    const takers = [this.parameterKeys.includes("seed"), generator !== undefined && schemaKeys(generator.parameters).includes("seed")];
    if (!takers.includes(true)) {
      throw this.file.fault(`${this.task.name} has no seed, and no input is generated; use repeats`, ["seeds"]);
    }
    if ("seed" in parameters || "seed" in grid) {
      throw this.file.fault("seed is a parameter of this plan; leave it to seeds", ["seeds"]);
    }
    return Array.isArray(seeds) ? seeds : Array.from({ length: seeds.count }, (_, k) => seeds.from + k);
  }

  private async job(
    settings: readonly Setting[],
    generator: Generator | undefined,
    seed: number | undefined,
    repeat: number,
    index: number,
  ): Promise<PlannedJob> {
    const { cell, parameters, generate, inputs } = merge(settings);
    const seeded = seed !== undefined && this.parameterKeys.includes("seed") ? { seed } : {};
    const given = { ...this.plan.parameters, ...parameters, ...seeded };
    const complete = this.complete(this.task, given, (key) => origin(this.plan, settings, "parameters", key));
    const request = generator && this.request(generator, generate, seed, settings);
    try {
      checkInputs(this.task, [...Object.keys(inputs), ...(generator === undefined ? [] : requiredSlots(this.task))]);
    } catch (error) {
      throw this.file.fault((error as SettingsError).message, settings[0].path.length > 0 ? settings[0].path : ["task"]);
    }
    const job = makeJob({ task: this.task.name, parameters: complete, inputs, ...(request && { generate: request }), repeat });
    const { seed: ownSeed } = complete;
    return { job, index, cell, seed: seed ?? (typeof ownSeed === "number" ? ownSeed : null) };
  }

  private request(
    generator: Generator,
    varied: Readonly<Record<string, JsonValue>>,
    seed: number | undefined,
    settings: readonly Setting[],
  ): GeneratorRequest {
    const { kind, ...fixed } = this.plan.generate as GeneratorRequest;
    const seeded = seed !== undefined && schemaKeys(generator.parameters).includes("seed") ? { seed } : {};
    const given = { ...seeded, ...fixed, ...varied };
    const complete = this.complete(generator, given, (key) => origin(this.plan, settings, "generate", key));
    return { ...complete, kind };
  }

  /** Parameters with defaults, as JSON. Faults are told at their place in the plan. */
  private complete(
    owner: Pick<Task, "parameters"> & { readonly name: string },
    given: Readonly<Record<string, unknown>>,
    place: (key: string) => PlanPath,
  ): JsonObject {
    const parsed = owner.parameters.safeParse(given);
    if (parsed.success) return JSON.parse(JSON.stringify(parsed.data)) as JsonObject;
    const [fault] = schemaFaults(owner.parameters, given, parsed.error, parameterWords);
    const [key, ...rest] = fault.path;
    throw this.file.fault(`${owner.name}: ${fault.message}`, key === undefined ? [] : [...place(String(key)), ...rest]);
  }
}

function requiredSlots({ inputs }: Task): string[] {
  return inputs.filter(({ required }) => required).map(({ name }) => name);
}

function prefixed(values: Readonly<Record<string, JsonValue>>): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`generate.${key}`, value]));
}

function labelOf(source: InputSource): { readonly short: string; readonly long: string } {
  const { path, name, sha256: hash = "" } = typeof source === "string" ? { path: source } : { path: source.path, ...source };
  const short = (name ?? path ?? hash.slice(0, 12)).replace(/^.*[\\/]/, "");
  return { short, long: path ?? `${short} ${hash.slice(0, 12)}` };
}

function merge(settings: readonly Setting[]): Omit<Setting, "path"> {
  const all = <K extends "cell" | "parameters" | "generate" | "inputs">(part: K): Setting[K] =>
    Object.assign({}, ...settings.map((setting) => setting[part])) as Setting[K];
  return { cell: all("cell"), parameters: all("parameters"), generate: all("generate"), inputs: all("inputs") };
}

/** Where a parameter of a job comes from. */
function origin(plan: Plan, settings: readonly Setting[], part: "parameters" | "generate", key: string): PlanPath {
  for (const setting of [...settings].reverse()) {
    if (!(key in setting[part])) continue;
    return setting.path[0] === "list" ? [...setting.path, part, key] : setting.path;
  }
  if (key === "seed" && plan.seeds !== undefined) return ["seeds"];
  return [part, key];
}

function* combinations<T>(axes: readonly (readonly T[])[]): IterableIterator<T[]> {
  const [first, ...rest] = axes;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const value of first) for (const others of combinations(rest)) yield [value, ...others];
}

