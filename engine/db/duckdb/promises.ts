/** A promise that only ever rejects, from outside; where nobody waits for it that is no unhandled rejection. */
export interface Rejectable {
  readonly promise: Promise<never>
  readonly reject: (reason: Error) => void
}

export function rejectable(): Rejectable {
  const { promise, reject } = parts()
  promise.catch(() => {})
  return { promise, reject }
}

function parts(): Rejectable {
  const made: { reject?: (reason: Error) => void } = {}
  const promise = new Promise<never>((_, reject) => { made.reject = reject })
  return { promise, reject: (reason) => made.reject?.(reason) }
}
