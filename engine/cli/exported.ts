import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { ConfigurationError, messageOf } from '../errors.ts'
import type { EtlType } from '../etl/etl.ts'
import type { Entry } from '../etl/registry.ts'
import type { Door } from './door.ts'

/** Every dimension or fact that the team's index exports, active or not; none where there is no index. */
export async function exportedOf({ importFile }: Pick<Door, 'importFile'>, type: EtlType): Promise<readonly Entry[]> {
  const path = ['ts', 'mts', 'js', 'mjs'].map((ending) => resolve(`${type}s/index.${ending}`)).find((each) => existsSync(each))
  if (path === undefined) return []
  const module = await imported(importFile, path)
  return Object.entries(module).flatMap(([name, etl]) => (isEtl(etl, type) ? [{ type, name, etl }] : []))
}

async function imported(importFile: Door['importFile'], path: string): Promise<object> {
  try {
    const module = await importFile(path)
    return typeof module === 'object' && module !== null ? module : {}
  } catch (error) {
    throw new ConfigurationError('the file could not be loaded', { where: path, why: messageOf(error), wayOut: 'correct it; npx tsc -p . finds more of its kind', cause: error })
  }
}

const isEtl = (value: unknown, type: EtlType): value is Entry['etl'] =>
  value !== null && typeof value === 'object' && 'type' in value && value.type === type && 'create' in value && 'source' in value
