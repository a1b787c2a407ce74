import { describe, expect, it } from "vitest";
import { z } from "zod";
import { loadTask } from "../../../src/tasks/registry.ts";
import { schemaKeys } from "../../../src/tasks/schema-fault.ts";
import { taskNames } from "../../../src/tasks/task.ts";
import { schemaFacts } from "../../../src/web/page/form/schema-facts.ts";
import { taskSpecs } from "../../../src/web/page/specs/index.ts";

describe("the page's descriptions of tasks", () => {
  it("are there for every task", () => {
    expect(taskSpecs.map(({ name }) => name).sort()).toEqual([...taskNames].sort());
  });

  it.each(taskSpecs)("$name: fields, choices and inputs are those of the task", async (spec) => {
    const task = await loadTask(spec.name);
    const facts = schemaFacts(task);
    expect([...facts.names].sort()).toEqual(schemaKeys(task.parameters).sort());
    expect(facts.names).toEqual(expect.arrayContaining(spec.fields.map(({ name }) => name)));
    expect(Object.keys(spec.slots).sort()).toEqual(task.inputs.map(({ name }) => name).sort());
    for (const { name, kind, choices } of spec.fields) {
      if (kind !== "choice" && kind !== "checks") continue;
      const { values } = facts.of(name);
      expect(values, name).toBeDefined();
      expect(values, name).toEqual(expect.arrayContaining(Object.keys(choices ?? {})));
    }
  });

  it("a parameter without words gets a field from its schema", () => {
    const parameters = z.strictObject({
      someLimit: z.number().default(3),
      fast: z.boolean().default(true),
      kind: z.enum(["a", "b"]).optional(),
      sizes: z.array(z.int()).default([1, 2]),
      names: z.array(z.string()).optional(),
      title: z.string().optional(),
    });
    const facts = schemaFacts({ parameters });
    expect(facts.names.map((name) => facts.field(name)).map(({ label, kind }) => [label, kind])).toEqual([
      ["Some limit", "number"],
      ["Fast", "flag"],
      ["Kind", "choice"],
      ["Sizes", "numbers"],
      ["Names", "names"],
      ["Title", "text"],
    ]);
    expect(facts.of("someLimit")).toEqual({ default: 3 });
    expect(facts.of("kind")).toEqual({ values: ["a", "b"] });
  });
});
