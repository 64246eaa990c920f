import { ConfigurationError } from '../errors.ts'

/**
 * Loads a part of the queue that needs packages, now and not before: `run.ts` works without them, and each queue needs its own.
 *
 * @throws {ConfigurationError} that says what to install where one of them is missing
 */
export async function late<T>(packages: readonly string[], load: () => Promise<T>, why = 'only the queue needs it, and loading from the command line does without'): Promise<T> {
  try {
    return await load()
  } catch (error) {
    const [, sought = ''] = error instanceof Error ? /^Cannot find (?:package|module) '(?:.*\/node_modules\/)?([^']+)'/.exec(error.message) ?? [] : []
    const missing = packages.find((name) => sought === name || sought.startsWith(`${name}/`))
    if (missing === undefined) throw error
    throw new ConfigurationError(`the package ${missing} is not installed`, {
      why, wayOut: `npm install ${packages.join(' ')}`, cause: error,
    })
  }
}
