/** What checks throw: all of it, not the first alone. */
export function refusalsOf(...checks: readonly (() => void)[]): readonly Error[] {
  return checks.flatMap((check) => {
    try {
      check()
      return []
    } catch (error) {
      return [error instanceof Error ? error : new Error(String(error))]
    }
  })
}
