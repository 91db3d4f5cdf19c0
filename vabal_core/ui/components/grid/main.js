import { mounting } from "../shared/mount.js";
import { Grid } from "./grid.js";

export default mounting((root, data, tell) => new Grid(root, data, tell));
