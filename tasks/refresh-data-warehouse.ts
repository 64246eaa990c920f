import { refreshDataWarehouseTask } from 'starline'
import config from '../config.ts'

/** Loads all dimensions, then all facts, on as many workers as there are: `await refreshDataWarehouse.add()`. */
export const refreshDataWarehouse = refreshDataWarehouseTask(config)
