import { mounting } from "../shared/mount.js";
import { Desk } from "./desk.js";

export default mounting((root, data, tell) => new Desk(root, data, tell));
