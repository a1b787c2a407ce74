import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redisAddress } from "../../../src/sweep/queue/address.ts";
import { refusal } from "../../../src/sweep/queue/directory.ts";
import { decodeAnswer, decodeOrder, encodeAnswer, encodeOrder } from "../../../src/sweep/queue/messages.ts";
import type { Answer, Order } from "../../../src/sweep/queue/messages.ts";
import { attemptId, jobOfAttempt, sweepIdentity } from "../../../src/sweep/queue/names.ts";
import { makeJob } from "../../../src/sweep/job.ts";
import type { JsonObject } from "../../../src/sweep/json.ts";
import { sha256 } from "../../../src/sweep/json.ts";
import { byteSize } from "../../../src/cli/byte-size.ts";

const orders = fc
  .record({
    eps: fc.double({ min: 1e-9, max: 1, noNaN: true }),
    text: fc.string(),
    rows: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    repeat: fc.integer({ min: 1, max: 1000 }),
    attempt: fc.integer({ min: 1, max: 30 }),
    files: fc.boolean(),
  })
  .map(({ eps, text, rows, repeat, attempt, files }): Order => {
    const input = { name: "a.dat-s", sha256: sha256(text), path: "/somewhere/a.dat-s", ...(rows !== undefined && { cut: { rows } }) };
    const job = makeJob({ task: "solve", parameters: { eps, note: text }, inputs: { problem: input }, repeat });
    return { job, attempt, limits: { time: 0, memory: 2 ** 30 }, wanted: { files, figures: false } };
  });

describe("jobs on the queue", () => {
  it("arrive as they were, without the path of the submitter's files", () => {
    fc.assert(
      fc.property(orders, (order) => {
        const read = decodeOrder(JSON.parse(JSON.stringify(encodeOrder(order))));
        expect(read.job.hash).toBe(order.job.hash);
        expect(read.job.inputs["problem"].path).toBeUndefined();
        expect(JSON.stringify(encodeOrder(order))).not.toContain("/somewhere");
        expect({ ...read, job: undefined }).toEqual({ ...order, job: undefined });
        expect(jobOfAttempt(attemptId(read.job.id, read.attempt))).toBe(order.job.id);
      }),
      { seed: 11 },
    );
  });

  it("are refused when anything about them was changed", () => {
    fc.assert(
      fc.property(orders, fc.constantFrom("task", "parameters", "more", "name", "hash", "format"), (order, what) => {
        const data = structuredClone(encodeOrder(order)) as unknown as Record<string, JsonObject>;
        const spec = data["spec"] as Record<string, unknown>;
        if (what === "task") spec["task"] = "quantize";
        if (what === "parameters") spec["parameters"] = { eps: 2 };
        if (what === "more") data["command"] = { run: "rm" };
        if (what === "name") (spec["inputs"] as Record<string, Record<string, unknown>>)["problem"]["name"] = "../../etc/passwd";
        if (what === "hash") (data as Record<string, unknown>)["hash"] = sha256("another");
        if (what === "format") (data as Record<string, unknown>)["format"] = 2;
        expect(() => decodeOrder(data)).toThrow(/on the queue/);
      }),
      { seed: 12 },
    );
  });
});

describe("results on the queue", () => {
  const answers: fc.Arbitrary<Answer> = fc.oneof(
    fc.record({
      worker: fc.string(),
      outcome: fc.record({
        status: fc.string(),
        reached: fc.boolean(),
        record: fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)) as JsonObject),
        seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
        peakMemory: fc.option(fc.integer({ min: 0 })),
        files: fc.array(fc.record({ name: fc.constant("net.json"), mediaType: fc.string(), content: fc.uint8Array({ maxLength: 5000 }) }), { maxLength: 2 }),
      }),
    }),
    fc.record({
      worker: fc.string(),
      failure: fc.record({ reason: fc.constantFrom("crash", "time", "input"), message: fc.string(), seconds: fc.constant(1.5) }),
    }),
  );

  it("arrive as they were, long ones packed", () => {
    fc.assert(
      fc.property(answers, (answer) => {
        expect(decodeAnswer(encodeAnswer(answer))).toEqual(answer);
      }),
      { seed: 13 },
    );
    const long: Answer = { worker: "w", failure: { reason: "error", message: "x".repeat(100_000), seconds: 0 } };
    expect(encodeAnswer(long).length).toBeLessThan(1000);
  });

  it("are refused when they are damaged or of another kind", () => {
    const whole = encodeAnswer({ worker: "w", failure: { reason: "error", message: "x".repeat(9000), seconds: 0 } });
    expect(() => decodeAnswer(whole.subarray(0, 20))).toThrow(/damaged/);
    expect(() => decodeAnswer(Buffer.from("[]"))).toThrow(/malformed/);
    expect(() => decodeAnswer(Buffer.from('{"format":1,"worker":"w","failure":{"reason":"bored","message":"","seconds":0}}'))).toThrow(/malformed/);
  });
});

describe("addresses", () => {
  it("come from the option or the environment, with the password from either", () => {
    expect(redisAddress("redis://example.org", {})).toEqual({ host: "example.org", port: 6379, database: 0, tls: false, shown: "redis://example.org:6379" });
    const env = { SPECTRAHEDRON_REDIS_URL: "rediss://me@[::1]:7000/3", SPECTRAHEDRON_REDIS_PASSWORD: "p w" };
    const address = redisAddress(true, env);
    expect(address).toMatchObject({ host: "::1", port: 7000, database: 3, tls: true, username: "me", password: "p w" });
    expect(redisAddress("redis://:a%2Fb@h", env).password).toBe("a/b");
    expect(address.shown).toBe("rediss://[::1]:7000/3");
  });

  it("are refused without showing them", () => {
    for (const text of ["http://:secret@h", "redis://:secret@h/x", "redis://:secret@", "secret", "redis://:secret@h:99999"]) {
      expect(() => redisAddress(text, {})).toThrow(expect.objectContaining({ message: expect.not.stringContaining("secret") as string }));
    }
    expect(() => redisAddress(true, {})).toThrow(/SPECTRAHEDRON_REDIS_URL/);
  });
});

describe("routing", () => {
  const worker = { version: "1", gpu: false, memory: 4e9, slots: 2 };
  const queue = { version: "1", name: "q", gpu: false, memory: 0 };
  it("gives jobs to workers that can do them", () => {
    expect(refusal(queue, worker)).toBeUndefined();
    expect(refusal({ ...queue, gpu: true }, worker)).toMatch(/GPU/);
    expect(refusal({ ...queue, gpu: true }, { ...worker, gpu: true })).toBeUndefined();
    expect(refusal({ ...queue, memory: 8e9 }, worker)).toMatch(/memory/);
    expect(refusal({ ...queue, version: "2" }, worker)).toMatch(/2, and this is 1/);
  });

  it("tells sweeps of the same plan apart", () => {
    expect(sweepIdentity("plan", "monday")).toBe(sweepIdentity("plan", "monday"));
    expect(sweepIdentity("plan", "monday")).not.toBe(sweepIdentity("plan", "tuesday"));
  });
});

describe("sizes on the command line", () => {
  it("have units", () => {
    expect(byteSize("8 GiB")).toBe(8 * 1024 ** 3);
    expect(byteSize("1.5MB")).toBe(1.5e6);
    for (const text of ["8", "GiB", "-1 GiB", "0 B"]) expect(() => byteSize(text)).toThrow(/unit/);
  });
});
