import type { ErrorObject } from 'ajv/dist/2020.js'

/** Takes out what is only the echo of another error, and of a choice between schemas keeps one error. */
export function collapseErrors(errors: readonly ErrorObject[]): ErrorObject[] {
  let kept = errors.filter(({ keyword }) => keyword !== 'if' && keyword !== 'propertyNames')
  for (const choice of errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')) {
    const inside = kept.filter((each) => each !== choice && isInside(each, choice))
    if (inside.length === 0) continue
    const first = branchThatNearlyFits(inside, choice)
    kept = kept.filter((each) => (first === undefined ? !inside.includes(each) : each !== choice))
    if (first !== undefined)
      kept = kept.filter((each) => !inside.includes(each) || first.includes(each))
  }
  return kept
}

function isInside(error: ErrorObject, choice: ErrorObject): boolean {
  return (
    error.schemaPath.startsWith(`${choice.schemaPath}/`) &&
    (error.instancePath === choice.instancePath ||
      error.instancePath.startsWith(`${choice.instancePath}/`))
  )
}

/** The errors of the only branch that the value seems meant for: they are worth telling, the choice is not. */
function branchThatNearlyFits(
  inside: readonly ErrorObject[],
  choice: ErrorObject,
): ErrorObject[] | undefined {
  const branches = new Map<string, ErrorObject[]>()
  for (const error of inside) {
    const index = error.schemaPath.slice(choice.schemaPath.length + 1).split('/', 1)[0] ?? ''
    branches.set(index, [...(branches.get(index) ?? []), error])
  }
  for (const tells of [['type', 'const', 'enum'], ['type']]) {
    const near = [...branches.values()].filter(
      (branch) =>
        !branch.some(
          ({ keyword, instancePath }) =>
            instancePath === choice.instancePath && tells.includes(keyword),
        ),
    )
    if (near.length === 1) return near[0]
  }
  return undefined
}
