// Without what an earlier request brings, this one is skipped.
const needs = (...names) => {
  if (!names.every((name) => pm.environment.get(name))) pm.execution.skipRequest()
}
