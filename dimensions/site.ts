import { scd1 } from 'starline'
import { site as source } from '../sources/site.ts'
import { site as create } from '../creates/site.ts'

/** One member is one web site of the marketplace. */
export const site = scd1({ source, create, key: 'site_key', lookup: ['site_id'] })
