import { SpectrahedronError } from "../../errors.ts";

/** The queue cannot be used: no connection, no permission, a server that is too old. */
export class QueueError extends SpectrahedronError {}
