import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigurationError, messageOf } from './errors.ts'
import type { Config } from './etl/registry.ts'

/** A configuration, or how to import the file that exports it by default. */
export type ConfigSource = Config | (() => Promise<{ readonly default: Config }>)

/** Imports a file, which may be TypeScript: handed in by whoever knows whether a loader for it is registered. */
export type ImportFile = (url: string) => Promise<unknown>

/** Imports config.ts of the working folder. @throws {ConfigurationError} where there is none */
export async function importConfig(importFile: ImportFile): Promise<{ readonly default: Config }> {
  const file = ['config.ts', 'config.mts', 'config.js', 'config.mjs'].map((name) => resolve(name)).find((path) => existsSync(path))
  if (file === undefined) {
    throw new ConfigurationError('there is no config.ts here', {
      where: process.cwd(), wayOut: 'go to the folder that has it; npx starline init begins a new one',
    })
  }
  return await importFile(pathToFileURL(file).href) as { readonly default: Config }
}

/**
 * The configuration itself. Whatever goes wrong while its file is imported is a wrong configuration.
 *
 * @throws {ConfigurationError} with every problem that defineConfig found, or what could not be imported and where
 */
export async function loadConfig(source: ConfigSource): Promise<Config> {
  if (typeof source !== 'function') return source
  const module = await importIt(source)
  if (isConfig(module.default)) return module.default
  throw new ConfigurationError('config.ts exports no configuration', { wayOut: 'write: export default defineConfig({ … })' })
}

async function importIt(source: () => Promise<{ readonly default: Config }>): Promise<{ readonly default: unknown }> {
  const over = new AbortController()
  try {
    // Node would end with 13, and without a word.
    return await Promise.race([source(), new Promise<never>((_, reject) => {
      const onIdle = (): void => reject(new ConfigurationError('the configuration could not be loaded', {
        why: 'config.ts, or a file that it imports, awaits what never comes', wayOut: 'look at each await there that is in no function',
      }))
      process.once('beforeExit', onIdle)
      over.signal.addEventListener('abort', () => process.off('beforeExit', onIdle))
    })])
  } catch (error) {
    // Known by its name: the file may import another copy of this package.
    if (error instanceof Error && error.name === 'ConfigurationError') throw error
    throw new ConfigurationError('the configuration could not be loaded', { why: reasonOf(error), wayOut: wayOutOf(error), cause: error })
  } finally {
    over.abort()
  }
}

function wayOutOf(error: unknown): string {
  if ((error as { readonly code?: unknown } | null)?.code === 'ERR_MODULE_NOT_FOUND') return 'make what is not found, or correct its name where it is imported; npx starline init begins a new star'
  if (/does not provide an export named/.test(messageOf(error))) return 'export it there, or correct its name in the import'
  return 'correct what is named; npx tsc -p . finds more of its kind'
}

const isConfig = (value: unknown): value is Config =>
  value !== null && typeof value === 'object' && 'dimensions' in value && 'facts' in value && 'warehouse' in value

/** The message, and the first line of the team's own files that had a hand in it. */
function reasonOf(error: unknown): string {
  const message = messageOf(error)
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : []
  const own = lines.map((line) => /(?:file:\/\/|\()?(\/[^()]*?\.[cm]?[jt]s:\d+(?::\d+)?)\)?\s*$/.exec(line)?.[1])
    .find((place) => place !== undefined && !place.includes('/node_modules/'))
  return own === undefined || message.includes(own) ? message : `${message} (${own})`
}
