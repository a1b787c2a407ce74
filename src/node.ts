/** Files, for Node: `import { readProblemFile } from "spectrahedron/node"`. */
export { readPointFile, readProblemFile, writePointFile, writeProblemFile } from "./formats/node-files.ts";
export { readNetworkFile } from "./networks/read-file.ts";
