import { SettingsError } from "../errors.ts";
import type { Objective } from "./query.ts";

/**
 * Reads an objective: `y0 - y1`, `min 2*y0 + 1`, `max y3`, a property `y0 - y1 >= 0` or `y0 <= 1.5` (its least, or
 * greatest, value is bounded and held against the threshold), or coefficients `1,0,-1`. `yk` is output k, from 0.
 * @throws SettingsError for anything else, or an output the network does not have
 */
export function parseObjective(text: string, outputs: number): Objective {
  const trimmed = text.trim();
  if (/^[-+\d.eE\s]+(,[-+\d.eE\s]+)+$/.test(trimmed) || (outputs === 1 && /^[-+]?[\d.]+$/.test(trimmed))) {
    const coefficients = Float64Array.from(trimmed.split(","), Number);
    if (coefficients.length !== outputs || coefficients.some(Number.isNaN)) {
      refuse(text, `${outputs} numbers are needed, one for each output`);
    }
    return { sense: "min", coefficients, label: trimmed };
  }
  const [, word, body] = /^(?:(min|max)(?:imi[sz]e)?\s+)?(.*)$/is.exec(trimmed) as RegExpExecArray;
  const sides = body.split(/(<=|>=|≤|≥)/);
  if (sides.length === 1) {
    const { coefficients, constant } = parseLinear(body, outputs, text);
    return { sense: word?.toLowerCase() === "max" ? "max" : "min", coefficients, constant, label: trimmed };
  }
  if (sides.length !== 3 || word !== undefined) refuse(text, "a property has one relation and neither min nor max");
  const left = parseLinear(sides[0], outputs, text);
  const right = parseLinear(sides[2], outputs, text);
  return {
    sense: sides[1] === ">=" || sides[1] === "≥" ? "min" : "max",
    coefficients: left.coefficients.map((c, i) => c - right.coefficients[i]),
    constant: left.constant - right.constant,
    threshold: 0,
    label: trimmed,
  };
}

const TERM = /\s*([+-]?)\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)\s*\*?\s*)?(y\d+)?\s*/iy;

function parseLinear(text: string, outputs: number, whole: string): { coefficients: Float64Array; constant: number } {
  const coefficients = new Float64Array(outputs);
  let constant = 0;
  TERM.lastIndex = 0;
  while (TERM.lastIndex < text.length) {
    const start = TERM.lastIndex;
    const term = TERM.exec(text);
    if (term === null || (term[2] === undefined && term[3] === undefined)) {
      refuse(whole, `"${text.slice(start).trim()}" is no term; terms are 2*y0, -y1, 0.5`);
    }
    if (start > 0 && term[1] === "") refuse(whole, `a sign is missing before "${text.slice(start).trim()}"`);
    const factor = (term[1] === "-" ? -1 : 1) * (term[2] === undefined ? 1 : Number(term[2]));
    if (term[3] === undefined) constant += factor;
    else {
      const output = Number(term[3].slice(1));
      if (output >= outputs) refuse(whole, `there is no y${output}: the network has ${outputs} outputs, from y0`);
      coefficients[output] += factor;
    }
  }
  if (text.trim() === "") refuse(whole, "an expression is missing");
  return { coefficients, constant };
}

function refuse(text: string, message: string): never {
  throw new SettingsError(`objective "${text}": ${message}`, { field: "objective", value: text });
}
