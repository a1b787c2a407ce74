import { sha256 } from "../json.ts";

/** Everything of ours in a Redis begins so; BullMQ's own keys too. */
export const PREFIX = "spectrahedron";

/** What a job needs of the machine that runs it. */
export interface Requirements {
  readonly gpu: boolean;
  /** Bytes; 0 = not stated. */
  readonly memory: number;
}

/** A sweep on the queue: the same after a restart, other than any other sweep of the same plan. */
export function sweepIdentity(plan: string, created: string): string {
  return sha256(`${plan} ${created}`).slice(0, 16);
}

/** BullMQ's queue of those jobs of a sweep that need a GPU, or of the others. */
export function queueName(sweep: string, gpu: boolean): string {
  return `${sweep}-${gpu ? "gpu" : "cpu"}`;
}

/** A sweep's attempt at a job, as BullMQ knows it. */
export function attemptId(job: string, attempt: number): string {
  return `${job}-${attempt}`;
}

export function jobOfAttempt(id: string): string {
  return id.slice(0, id.lastIndexOf("-"));
}

/** Hash: queue → what workers must know of it. */
export const QUEUES_KEY = `${PREFIX}:queues`;
/** Workers listen here for new jobs. */
export const WAKE_CHANNEL = `${PREFIX}:wake`;

export const resultKey = (queue: string, attempt: string): string => `${PREFIX}:result:${queue}:${attempt}`;
export const workerKey = (worker: string): string => `${PREFIX}:worker:${worker}`;
/** Size and number of parts of an input. */
export const inputKey = (hash: string): string => `${PREFIX}:input:${hash}`;
export const inputPartKey = (hash: string, part: number): string => `${PREFIX}:input:${hash}:${part}`;
/** Set of the sweeps that still need an input. */
export const inputUsersKey = (hash: string): string => `${PREFIX}:input-users:${hash}`;
