import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './markdown.ts'

/** Every module of the engine, by its path from the root. */
export function allEngineFiles(): string[] {
  return readdirSync(join(ROOT, 'engine'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts')).map((path) => `engine/${path}`)
}
