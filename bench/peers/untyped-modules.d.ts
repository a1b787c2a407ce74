/** What this repository uses of scs-solver, which ships without types. */
declare module "scs-solver" {
  interface ScsSettings {
    normalize: boolean;
    scale: number;
    adaptiveScale: boolean;
    rhoX: number;
    maxIters: number;
    epsAbs: number;
    epsRel: number;
    epsInfeas: number;
    alpha: number;
    timeLimitSecs: number;
    verbose: number;
    warmStart: boolean;
  }
  interface ScsSolution {
    readonly x: number[];
    readonly y: number[];
    readonly s: number[];
    readonly info: { readonly statusVal: number; readonly iter: number; readonly pobj: number; readonly dobj: number };
  }
  interface Scs {
    readonly ScsSettings: new () => ScsSettings;
    setDefaultSettings(settings: ScsSettings): void;
    solve(data: object, cone: object, settings: ScsSettings, warmStart?: ScsSolution): ScsSolution;
  }
  export default function createScs(): Promise<Scs>;
}
