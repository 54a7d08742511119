import { imageFolder, packImages } from './src/index.ts';
import { rmSync } from 'node:fs';
rmSync('/tmp/ds/cache',{recursive:true,force:true});
const d=await imageFolder('/tmp/ds/lfw-deepfunneled');
const e={name:'x',images:d.images.slice(0,3000)};
for(let k=0;k<2;k++){const t=performance.now();const c=process.cpuUsage();
const p=await packImages(e,{size:112,crop:{centerX:125,centerY:130,size:120},cacheDir:'/tmp/ds/cache',onDamaged:'refuse'});
const u=process.cpuUsage(c);
console.log('pack',p.count,performance.now()-t,'user',u.user/1e3,'sys',u.system/1e3)}
