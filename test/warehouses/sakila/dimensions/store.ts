import { scd1 } from 'starline'
import { store as source } from '../sources/store.ts'
import { store as create } from '../creates/store.ts'

/** One member is one shop. */
export const store = scd1({ source, create, key: 'store_key', lookup: ['store_id'] })
