import { asError } from '../errors.ts'

/** What checks throw: all of it, not the first alone. */
export function refusalsOf(...checks: readonly (() => void)[]): readonly Error[] {
  return checks.flatMap((check) => {
    try {
      check()
      return []
    } catch (error) {
      return [asError(error)]
    }
  })
}
