import type * as BullMq from "bullmq";
import type * as IoRedis from "ioredis";
import { UnsupportedError } from "../../errors.ts";

/** The optional packages behind `--redis`. */
export interface QueuePackages {
  readonly bullmq: typeof BullMq;
  readonly ioredis: typeof IoRedis;
}

/** @throws UnsupportedError that says what to install */
export async function loadQueuePackages(): Promise<QueuePackages> {
  try {
    const [bullmq, ioredis] = await Promise.all([import("bullmq"), import("ioredis")]);
    return { bullmq, ioredis };
  } catch (cause) {
    throw new UnsupportedError("--redis needs two more packages: npm install bullmq ioredis", { field: "redis" }, { cause });
  }
}
