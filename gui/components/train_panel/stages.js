// The stages of a run in words, and where they begin. Pure.

const NAMES = { head: "head", "head+fpn": "head and FPN", deep: "deep layers", all: "whole network" };

export const stageName = (stage) => NAMES[stage] ?? stage;

/** Where each stage after the first begins: the last epoch before it, and its name. */
export function beginnings(reports) {
  return reports
    .filter((report, index) => index > 0 && stageOf(report) !== stageOf(reports[index - 1]))
    .map((report) => ({ x: report.epoch - 0.5, name: stageName(stageOf(report)) }));
}

/** "Stage 2 of 2: deep layers", or null where the run has one stage or nobody knows. */
export function stageLine(plan, reports) {
  const stages = plan?.stages ?? [];
  if (stages.length < 2) return null;
  const last = reports.at(-1);
  const at = last ? stages.findIndex((stage) => stage.name === stageOf(last)) : 0;
  return at < 0 ? null : `Stage ${at + 1} of ${stages.length}: ${stageName(stages[at].name)}`;
}

const stageOf = (report) => report.stage ?? "head"; // reports from before there were stages
