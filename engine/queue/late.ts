import { ConfigurationError } from '../errors.ts'

/**
 * Loads a part of the queue that needs its packages, now and not before: `run.ts` works without them.
 *
 * @throws {ConfigurationError} that says what to install where they are missing
 */
export async function late<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (!(error instanceof Error) || !/^Cannot find (package|module) '(bullmq|ioredis)/.test(error.message)) throw error
    throw new ConfigurationError('the queue\'s packages are not installed', {
      why: 'loading from the command line needs none, so they are optional', wayOut: 'npm install bullmq ioredis', cause: error,
    })
  }
}
