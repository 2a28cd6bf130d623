// Built from lrwidget/widget/front: make front
var R={now:()=>performance.now(),set:(i,t)=>setTimeout(i,t),clear:i=>clearTimeout(i)};var Mt=Symbol.for("lrwidget.plotly"),At="/* the script */",lt=3e3,Se=6e4,j=class{#t;#s;#e;#r;#i;#n;constructor(t,e,s,{load:n=Le,page:o=globalThis,clock:r=R}={}){
this.#t=t,this.#s=e,this.#e=n,this.#i=s,this.#n=r,o[Mt]??=new Map,this.#r=o[Mt]}get(){let t=this.#o(this.#t());return t.script?t.script:new Promise((e,s)=>{let n,
o={told:a=>{this.#n.clear(n),this.#i.removeEventListener("abort",r),a.then(e,s)},ask:()=>{let a=this.#n.now();(!t.asked||a-t.asked.at>=t.gap)&&(t.asked&&(t.gap=
Math.min(2*t.gap,Se)),t.asked={by:o,at:a},this.#s()),this.#n.clear(n),n=this.#n.set(o.ask,lt)}},r=()=>{if(this.#n.clear(n),t.waiting.delete(o),s(new Error("the \
widget has been closed")),t.asked?.by===o){t.asked=null;for(let a of[...t.waiting].slice(0,1))a.ask()}};if(this.#i.aborted)return r();this.#i.addEventListener("\
abort",r,{once:!0}),t.waiting.add(o),o.ask()})}take(t,e){let s=this.#o(t);if(s.script)return;let n=this.#e(e);s.script=n,s.asked=null,s.gap=lt,n.catch(()=>{s.script=
null});let o=[...s.waiting];s.waiting.clear();for(let{told:r}of o)r(n)}#o(t){let e=this.#r.get(t);return e||(e={script:null,waiting:new Set,asked:null,gap:lt},this.#r.
set(t,e)),e}};async function Le(i){let t=i,e=new Blob([t]).stream().pipeThrough(new DecompressionStream("gzip")),s=await new Response(e).blob(),[n,o]=Me(At).split(
At),r=URL.createObjectURL(new Blob([n,s,o],{type:"text/javascript"}));try{return(await import(r)).default}finally{URL.revokeObjectURL(r)}}function Me(i){return`\
const page = globalThis, had = Object.getOwnPropertyDescriptor(page, "Plotly"), module = { exports: {} };
{
  const { exports } = module, define = undefined;
  if (had?.configurable) delete page.Plotly;
  try {
${i}
  } finally {
    if (!had) delete page.Plotly;
    else if (had.configurable) Object.defineProperty(page, "Plotly", had);
    else if (had.writable) page.Plotly = had.value;
  }
}
export default module.exports;
`}function Tt(i,t,e){let{context:s,notebook:n}=i.widget_manager??{};for(let{outputs:r}of ht(s?.model?.cells))for(let a=0;a<(r?.length??0);a++)o(r.get(a))&&r.set(a,
{...r.get(a).toJSON(),data:{...e}});for(let r of ht(n?.get_cells?.()))for(let a of ht(r.output_area?.outputs))o(a)&&(a.data={...e},n.set_dirty(!0));function o(r){
let a=[r?.data?.["text/html"]??""].flat().join("");return a.includes(`lrwidget-of-${t}`)&&a!==e["text/html"]}}function ht(i){return typeof i?.[Symbol.iterator]==
"function"?[...i]:[]}var Nt=["lr","loss","curveLr","smoothed","change"],Ot=[...Nt,"metric","smoothedMetric"],Rt=new Set(["lr","loss","metric"]),ut=class{#t=new Float64Array(64);length=0;put(t,e){
let s=t+e.length;if(s>this.#t.length){let n=new Float64Array(2*s);n.set(this.#t.subarray(0,t)),this.#t=n}this.#t.set(e,t),this.length=s}get values(){return this.#t.
subarray(0,this.length)}},B=class{version=0;sweep=-1;axes=null;#t=-1;#s=ct();get(t){return this.#s[t].values}take(t,e){let{sweep:s,revision:n,first:o,curve_first:r}=t;
if(n<=this.#t)return"old";if(!(o===0&&r===0)&&(s!==this.sweep||n!==this.#t+1))return"gap";let l=t.metric?Ot:Nt,c=l.map((u,p)=>Te(e[p]));return o+c[0].length!==t.
count||!Ae(l,c)?"gap":(s!==this.sweep&&(this.sweep=s,this.axes=null,this.#s=ct()),l.forEach((u,p)=>{this.#s[u].put(Rt.has(u)?o:r,c[p])}),JSON.stringify(t.axes)!==
JSON.stringify(this.axes)&&(this.axes=t.axes),this.#t=n,this.version+=1,"taken")}clear(){this.#s=ct(),this.axes=null,this.version+=1}};function ct(){return Object.
fromEntries(Ot.map(i=>[i,new ut]))}function Ae(i,t){return i.every((e,s)=>t[s].length===t[Rt.has(e)?0:2].length)}function Te(i){if(!i)return new Float64Array;let{
buffer:t,byteOffset:e,byteLength:s}=ArrayBuffer.isView(i)?i:{buffer:i,byteOffset:0,byteLength:i.byteLength},n=s-s%Float64Array.BYTES_PER_ELEMENT;return new Float64Array(
t.slice(e,e+n))}var dt=500,Ne=15e3,It=1e3,ft={hello:(i,t)=>({plotly:i.plotly||t.plotly}),plan:(i,t)=>({...i,...t}),move:(i,t)=>t,bounds:(i,t)=>t,bandwidth:(i,t)=>t},Oe=(i,t)=>i in
ft&&!(i==="hello"&&t.plotly),U=class{#t=[];#s=0;#e=0;#r=dt;#i;#n;#o=[];#a=!1;#h=!1;constructor(t,e,s=R){this.page=crypto.randomUUID?.()??`page-${Math.random()}-${Math.
random()}`,this.send=t,this.changed=e,this.clock=s}get open(){return this.#t}get waiting(){return this.#o}say(t,e,s){this.#s+=1;let n=this.#s;return this.#a?Promise.
resolve(pt(n)):new Promise(o=>{this.#t.push({n,name:t,args:e,seen:s,since:this.clock.now(),tell:[o]}),t in ft||(this.#r=dt),Oe(t,e)&&this.#u()?(this.#t=Ct(this.#t,
this.#e),this.#l()):this.say_again()})}say_again(){if(!this.#a){this.clock.clear(this.#i),this.#t=Ct(this.#t,0),this.#e=this.#t.at(-1)?.n??this.#e,this.#t.length>
0&&(this.#i=this.clock.set(()=>{this.#r=Math.min(2*this.#r,Ne),this.say_again()},this.#r)),this.#l();try{let t=this.#t.map(({n:e,name:s,args:n,seen:o})=>({n:e,name:s,
args:n,seen:o}));this.send({page:this.page,said:t}),this.#h=!1}catch(t){this.#h||console.warn("lrwidget: the kernel cannot be reached now",t),this.#h=!0}}}answered({
page:t,upto:e,answers:s=[]}){if(t!==this.page||!this.#t.some(({n:o})=>o<=e))return;let n=this.#t.filter(({n:o})=>o<=e);this.#t=this.#t.filter(({n:o})=>o>e),this.#u()||
(this.clock.clear(this.#i),this.#r=dt,this.#t.length>0&&this.say_again()),this.#l();for(let{n:o,tell:r}of n){let a=s.find(l=>l.n===o)??pt(o);for(let l of r)l(a)}}close(){
let t=this.#t;this.#t=[],this.#a=!0,this.clock.clear(this.#i),this.#l();for(let{n:e,tell:s}of t)for(let n of s)n(pt(e))}#u(){return this.#t.length>0&&this.#t[0].
n<=this.#e}#l(){this.clock.clear(this.#n);let t=this.clock.now(),e=this.#t.filter(({since:o})=>t-o>=It).map(({name:o})=>o),s=Math.min(...this.#t.map(({since:o})=>o+
It).filter(o=>o>t));s<1/0&&(this.#n=this.clock.set(()=>this.#l(),s-t));let n=[...new Set(e)];n.join()!==this.#o.join()&&(this.#o=n,this.changed())}};function Ct(i,t){
let e=[],s=new Map;for(let n of[...i].reverse()){let o=ft[n.name],r=s.get(n.name);if(o&&r&&n.n>t){r.args=o(n.args,r.args),r.since=Math.min(n.since,r.since),r.tell.
unshift(...n.tell);continue}o?r||s.set(n.name,n):s.clear(),e.unshift(n)}return e}function pt(i){return{n:i,done:!1,why:"The kernel's answer has not come."}}var Re=1e3,P=class{series=new B;#t;#s;#e=null;#r=null;#i=new Set;#n=new Set;#o=-1/0;#a=new AbortController;constructor(t,{clock:e=R,load:s,page:n}={}){this.model=
t,this.clock=e,this.#t=t.get("_state"),this.#s=t.get("_figure"),this.wire=new U(o=>t.send(o),()=>this.#c("state"),e),this.script=new j(()=>this.#s.plotly_version,
()=>this.say("hello",{plotly:!0}),this.#a.signal,{load:s,page:n,clock:e}),t.on("change:_state",this.#l),t.on("change:_figure",this.#d),t.on("msg:custom",this.#p),
this.say("hello",{plotly:!1})}get id(){return String(this.model.get("_id")??"")}get css(){return String(this.model.get("_css")??"")}get state(){return this.#t}get blank(){
return this.#s}get lr(){if(this.#e!==null)return this.#e;let t=this.#u("move","accept");return t?t.args.lr??this.#t.choice.suggested_lr:this.#t.choice.lr}get bounds(){
return this.#u("bounds")?.args.bounds??this.#t.choice.bounds}get waiting(){return this.wire.waiting}say(t,e){let s=t==="move"&&this.#r||this.#h(),n=this.wire.say(
t,e,s);return this.#c("hand"),n}drag(t){t!==null&&(this.#r??=this.#h()),this.#e=t,this.#c("hand")}plotly(){return this.script.get()}subscribe(t,e){if(e.aborted)
return;let s=n=>t(n);this.#i.add(s),e.addEventListener("abort",()=>this.#i.delete(s),{once:!0})}close(){this.#a.signal.aborted||(this.#a.abort(),this.model.off(
"change:_state",this.#l),this.model.off("change:_figure",this.#d),this.model.off("msg:custom",this.#p),this.wire.close(),this.series.clear(),this.#i.clear())}#h(){
return{sweep:this.#t.sweep,state:this.#t.state,lr:this.lr}}#u(...t){return this.wire.open.findLast(({name:e,seen:s})=>t.includes(e)&&s.sweep===this.#t.sweep)}#l=()=>{
let t=this.model.get("_state"),e=this.#t;if(!(t?.version>=e.version)||t.version===e.version&&t.progress.step<e.progress.step)return;t.reactive&&t.choice.accepted_lr!==
e.choice.accepted_lr&&(this.model.set?.("_seen",t.version),this.model.save_changes?.());let s=t.sweep!==e.sweep;this.#t=t,s&&(this.#e=null),this.#c("state")};#d=()=>{
this.#s=this.model.get("_figure"),this.#c("blank")};#p=(t,e=[])=>{if(t?.kind==="frame"){let s=this.series.take(t,e);s==="taken"&&this.#c("points"),s==="gap"&&this.#f()}else
t?.kind==="answer"?(this.wire.answered(t),this.#c("hand")):t?.kind==="call"?this.wire.say_again():t?.kind==="saved"?Tt(this.model,this.id,t.bundle):t?.kind==="p\
lotly"&&e.length>0&&this.script.take(t.version,e[0])};#f(){let t=this.clock.now();t-this.#o<Re||(this.#o=t,this.say("hello",{plotly:!1}))}#c(t){this.#n.size===0&&
queueMicrotask(this.#m),this.#n.add(t)}#m=()=>{let t=[...this.#n];this.#n.clear(),this.#e===null&&(this.#r=null);for(let e of t)for(let s of[...this.#i])try{s(e)}catch(n){
console.warn("lrwidget: a view could not follow",n)}}};function H(i){let t=i.match(/-?[\d.]+(e-?\d+)?%?/g)?.map(a=>Number.parseFloat(a));if(!t||t.length<3)return null;let e=i.startsWith("rgb")?1:i.startsWith("color(\
srgb")?255:null;if(e===null)return null;let[s,n,o,r=1]=t;return{colour:[s*e,n*e,o*e],alpha:r}}function W(i){for(let t=i;t;t=Ie(t)){let e=getComputedStyle(t).backgroundColor,
s=H(e);if(!s||s.alpha<.5)continue;let[n,o,r]=s.colour;return{theme:.299*n+.587*o+.114*r<128?"dark":"light",paper:e}}return{theme:matchMedia("(prefers-color-sche\
me: dark)").matches?"dark":"light",paper:null}}function Ie(i){let{parentNode:t}=i;return t instanceof ShadowRoot?t.host:i.parentElement}function G(i,t){let e=new MutationObserver(
i);for(let n of[document.documentElement,document.body])e.observe(n,{attributes:!0,attributeFilter:["class","style","data-theme","theme","data-jp-theme-name","d\
ata-jp-theme-light"]});matchMedia("(prefers-color-scheme: dark)").addEventListener("change",i,{signal:t});let s=new MutationObserver(i);s.observe(document.head,
{childList:!0}),t.addEventListener("abort",()=>{e.disconnect(),s.disconnect()})}function h(i,t={},...e){let s=document.createElement(i);for(let[n,o]of Object.entries(t))f(s,n,o);return s.append(...e),s}function f(i,t,e){let s=e===null||e===
!1?null:e===!0?"":String(e);i.getAttribute(t)!==s&&(s===null?i.removeAttribute(t):i.setAttribute(t,s))}function b(i,t){i.textContent!==t&&(i.textContent=t)}function _(){
return`lrw-${Math.random().toString(36).slice(2,12)}`}function T(i){let t=i.getRootNode();return t instanceof Document||t instanceof ShadowRoot?t.activeElement:
null}var Ce={run:"M4 2.2v11.6L13.5 8z",pause:"M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z",stop:"M3 3h10v10H3z",accept:"M6.2 13.2 1.4 8.4l1.7-1.7 3.1 3.1 6.7-6.7 1.7 1.7\
z",undo:"M6.4 1.6 1.6 5.7l4.8 4.1V7h3a2.6 2.6 0 0 1 0 5.2H4.2v2h5.2a4.6 4.6 0 0 0 0-9.2h-3z",back:"M2 2h2v12H2zM9.3 3.4 4.8 8l4.5 4.6 1.5-1.5L8.8 9H14V7H8.8l2-2\
.1z",more:"M1.6 8a1.5 1.5 0 1 1 3 0 1.5 1.5 0 0 1-3 0zm4.9 0a1.5 1.5 0 1 1 3 0 1.5 1.5 0 0 1-3 0zm4.9 0a1.5 1.5 0 1 1 3 0 1.5 1.5 0 0 1-3 0z",warning:"M8 1.2 15\
.4 14.4H.6zM7.1 6v4.2h1.8V6zm0 5.4v1.7h1.8v-1.7z",error:"M8 .8a7.2 7.2 0 1 1 0 14.4A7.2 7.2 0 0 1 8 .8zM5.7 4.5 4.5 5.7 6.8 8l-2.3 2.3 1.2 1.2L8 9.2l2.3 2.3 1.2\
-1.2L9.2 8l2.3-2.3-1.2-1.2L8 6.8z",off:"M3.5 1.5h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2zm0 1.5a.5.5 0 0 0-.5.5v9a.5.5 0 0 0 .5.5h9a.5\
.5 0 0 0 .5-.5v-9a.5.5 0 0 0-.5-.5z",on:"M3.5 1.5h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2zm3.4 9.8 5.2-5.2-1.2-1.2-4 4-1.8-1.8-1.2 1.2\
z",waiting:"M3 1h10v3.4L9.6 8l3.4 3.6V15H3v-3.4L6.4 8 3 4.4zm2 2v.8l3 3.1 3-3.1V3zm3 6.1-3 3.1v.8h6v-.8z"};function z(i){let t=document.createElementNS("http://\
www.w3.org/2000/svg","svg");t.setAttribute("viewBox","0 0 16 16"),t.setAttribute("class","lrw-icon"),t.setAttribute("aria-hidden","true");let e=document.createElementNS(
"http://www.w3.org/2000/svg","path");return e.setAttribute("fill-rule","evenodd"),t.append(e),F(t,i),t}function F(i,t){let e=i.firstElementChild;f(e,"d",Ce[t])}var $e=7;function $t(i){let[t,e,s]=i.map(n=>{let o=n/255;return o<=.04045?o/12.92:((o+.055)/1.055)**2.4});return .2126*t+.7152*e+.0722*s}function Pe(i,t){let[e,
s]=[$t(i),$t(t)].sort((n,o)=>n-o);return(s+.05)/(e+.05)}function zt(i,t){let e=()=>{let s=i.parentElement??ze(i)??document.body,{theme:n,paper:o}=W(s);f(i,"data\
-theme",n),Pt(i,"--lrw-paper",o);let r=getComputedStyle(s).color,[a,l]=[H(r),H(o??"")],c=a&&l&&a.alpha>.9&&Pe(a.colour,l.colour)>=$e;Pt(i,"--lrw-ink",c?r:null)};
e(),G(e,t)}function ze(i){let{parentNode:t}=i;return t instanceof ShadowRoot?t.host:null}function Pt({style:i},t,e){i.getPropertyValue(t)!==(e??"")&&(e===null?i.
removeProperty(t):i.setProperty(t,e))}var Fe=new Set(["Enter"," ","Escape","ArrowUp","ArrowDown","ArrowLeft","ArrowRight","Home","End","PageUp","PageDown"]),De=/^([acvxyz]|arrow\w+|backspace|delete|home|end)$/i,
Ft="data-lm-suppress-shortcuts";function Dt(i,t){let e=i.ctrlKey||i.metaKey;return t==="text"?e||i.altKey?De.test(i.key):!0:e||i.altKey?!1:t==="choice"?!(i.shiftKey&&
i.key==="Enter"):!i.shiftKey&&Fe.has(i.key)}function Kt(i){return i instanceof HTMLTextAreaElement?"text":i instanceof HTMLInputElement?i.type==="range"?"press":
"text":i instanceof HTMLSelectElement||i.closest("[role=menu], dialog")?"choice":"press"}function jt(i,t,e){let s=n=>{let o=n.composedPath()[0];return o instanceof
Element&&i.contains(o)&&!t.contains(o)?o:null};window.addEventListener("keydown",n=>{let o=s(n);o&&(Dt(n,Kt(o))?o.setAttribute(Ft,"true"):o.removeAttribute(Ft))},
{capture:!0,signal:e}),i.addEventListener("keydown",n=>{let o=s(n);o&&Dt(n,Kt(o))&&n.stopPropagation()})}var Bt=350,k=class{constructor({name:t,text:e="",icon:s,kind:n,title:o,press:r}){this.icon=z(s),this.label=h("span",{class:"lrw-label"},e),this.el=h("button",{type:"\
button",class:`lrw-button ${n}`,"aria-label":t,title:o??null},this.icon,this.label),this.name=t,this.text=e,this.on=!0,this.settledForHand=this.settledForKeys=Number.
NEGATIVE_INFINITY,this.settling=!1,this.timer=void 0,this.pointed=null,this.keyed=null,this.el.addEventListener("pointerdown",()=>{this.pointed=this.name}),this.
foreign=!1,this.el.addEventListener("keydown",a=>{a.key!=="Enter"&&a.key!==" "||(a.repeat&&a.preventDefault(),this.foreign=a.shiftKey||a.ctrlKey||a.metaKey||a.altKey,
this.keyed=this.name)}),this.el.addEventListener("keyup",()=>{setTimeout(()=>{this.foreign=!1,this.keyed=null})}),this.el.addEventListener("click",a=>{let l=a.detail>
0,c=(l?this.pointed:this.keyed)??this.name;!this.on||c!==this.name||this.foreign&&!l||performance.now()<(l?this.settledForHand:this.settledForKeys)||r(a)})}call(t,e){
this.name=t,this.text=e;let s=e!==t&&e.startsWith(t);f(this.el,"aria-label",s?null:t),s?this.label.replaceChildren(t,h("span",{"aria-hidden":"true"},e.slice(t.length))):
b(this.label,e)}show({there:t,on:e,waits:s=!1,name:n,text:o,icon:r,main:a,title:l}){n!==void 0&&n!==this.name?(this.call(n,o??this.text),this.settle()):o!==void 0&&
o!==this.text&&this.call(this.name,o),l!==void 0&&f(this.el,"title",l),r!==void 0&&F(this.icon,r),a!==void 0&&this.el.classList.toggle("is-main",a),this.el.classList.
toggle("is-away",!t),this.el.classList.toggle("is-waiting",s),this.on=e,this.showOn()}settle(){let t=performance.now()+Bt;this.el.matches(":hover, :focus")&&(this.
settledForKeys=t),this.el.matches(":hover")&&(this.settledForHand=t,this.settling=!0,clearTimeout(this.timer),this.timer=setTimeout(()=>{this.settling=!1,this.showOn()},
Bt))}showOn(){this.el.classList.toggle("is-settling",this.settling&&this.on),f(this.el,"aria-disabled",this.on&&!this.settling?null:"true")}};var N=4,Ke=160,V=class{constructor(t,e,s){this.items=t,this.room=e;let n=_();this.button=new k({name:"More",icon:"more",kind:"lrw-more",title:"Bounds, copy, exp\
ort, table of points, keyboard help",press:()=>this.opened?this.close(!0):this.open(0)}),f(this.button.el,"aria-haspopup","menu"),f(this.button.el,"aria-expande\
d","false"),f(this.button.el,"aria-controls",n),this.list=h("div",{id:n,class:"lrw-menu",role:"menu","aria-label":"More",popover:"manual",hidden:!0}),this.said=
h("span",{class:"lrw-said",hidden:!0}),this.el=h("span",{class:"lrw-side lrw-end"},this.button.el,this.list,this.said),this.quiet=void 0,this.opened=null,this.button.
el.addEventListener("keydown",o=>{if(!(o.ctrlKey||o.metaKey||o.altKey)){if(o.key==="ArrowDown")this.open(0);else if(o.key==="ArrowUp")this.open(-1);else return;
o.preventDefault()}}),this.list.addEventListener("keydown",o=>this.key(o)),s.addEventListener("abort",()=>{this.close(!1),clearTimeout(this.quiet)})}open(t){if(this.
opened)return this.focus(t);this.list.replaceChildren(...this.items().map(n=>this.made(n))),this.list.hidden=!1,this.list.showPopover?.(),this.place(),f(this.button.
el,"aria-expanded","true"),this.opened=new AbortController;let{signal:e}=this.opened,s=n=>{n.composedPath().includes(this.el)||this.close(!1)};window.addEventListener(
"pointerdown",s,{capture:!0,signal:e}),window.addEventListener("blur",()=>this.close(!1),{signal:e}),window.addEventListener("resize",()=>this.close(!0),{signal:e}),
window.addEventListener("scroll",n=>{n.composedPath().includes(this.list)||this.close(!0)},{capture:!0,passive:!0,signal:e}),this.list.addEventListener("focusou\
t",n=>{let o=n.relatedTarget;o instanceof Node&&!this.el.contains(o)&&this.close(!1)},{signal:e}),this.focus(t)}close(t){if(!this.opened)return;this.opened.abort(),
this.opened=null;let e=this.list.contains(T(this.list));(t||e)&&this.button.el.focus({preventScroll:!0}),this.list.hidePopover?.(),this.list.hidden=!0,f(this.button.
el,"aria-expanded","false")}made(t){if(t==="line")return h("div",{class:"lrw-menu-line",role:"separator"});let{name:e,on:s=!0,checked:n,does:o}=t,r=h("div",{class:"\
lrw-item",role:n===void 0?"menuitem":"menuitemcheckbox","aria-checked":n===void 0?null:String(n),"aria-disabled":s?null:"true",tabindex:-1},e);return r.addEventListener(
"click",()=>{s&&(this.close(!0),o())}),r.addEventListener("pointermove",()=>r.focus({preventScroll:!0})),r}key(t){if(t.ctrlKey||t.metaKey||t.altKey)return;let e=this.
entries(),s=e.indexOf(T(this.list));if(t.key==="Escape")this.close(!0);else{if(t.key==="Tab")return this.close(!0);if(t.key==="ArrowDown")this.focus((s+1)%e.length);else if(t.
key==="ArrowUp")this.focus((s-1+e.length)%e.length);else if(t.key==="Home")this.focus(0);else if(t.key==="End")this.focus(-1);else if(t.key==="Enter"||t.key==="\
 ")t.repeat||e[s]?.click();else if(t.key.length===1){let n=t.key.toLowerCase();[...e.slice(s+1),...e.slice(0,s+1)].find(r=>r.textContent?.toLowerCase().startsWith(
n))?.focus()}else return}t.preventDefault()}entries(){return[...this.list.querySelectorAll(".lrw-item")]}focus(t){this.entries().at(t)?.focus({preventScroll:!0})}place(){
if(!this.list.showPopover)return;let t=this.button.el.getBoundingClientRect(),e=this.room(),{width:s,height:n}=this.list.getBoundingClientRect(),o=window.innerHeight-
t.bottom-2*N,r=t.top-2*N,a=o<Math.min(n,Ke)&&r>o,l=Math.min(t.right,window.innerWidth-N),c=Math.max(l-s,Math.min(e.left,l-s),N),{style:u}=this.list;u.left=`${c}\
px`,u.maxHeight=`${a?r:o}px`,u.top=a?`${Math.max(t.top-N-Math.min(n,r),N)}px`:`${t.bottom+N}px`}say(t){this.said.textContent=t,this.said.hidden=!1,f(this.button.
el,"aria-description",t),clearTimeout(this.quiet),this.quiet=setTimeout(()=>{this.said.hidden=!0,f(this.button.el,"aria-description",null)},3e3)}};function E(i,t=3){if(Number.isNaN(i))return"nan";if(!Number.isFinite(i))return i<0?"-inf":"inf";if(i===0)return Object.is(i,-0)?"-0":"0";let e=Ut(i,t),s=Number(
e),n=Math.abs(s);return n>=.001&&n<1e4?String(s):e.replace(/\.?0*e\+?/,"e")}function y(i){return E(i,6)}function I(i,t=3){return Number(Ut(i,t))}function Ut(i,t){
let e=i.toExponential(100).replace(/0*(e.*)$/,"$1");return e.replace(/e.*|\D/g,"").length===t+1&&/[02468]\.?5e/.test(e)?e.replace(/5e/,"e"):i.toExponential(t-1)}
function M(i){let[t,e="0"]=String(i).split("e"),s=(t.split(".")[1]?.length??0)-Number(e);return i.toFixed(Math.min(Math.max(s,0),100))}function C(i,t,...e){let s=_(),n=h("button",{type:"button",class:"lrw-button lrw-close"},"Close"),o=h("dialog",{class:"lrw-dialog","aria-labelledby":s},h("div",
{class:"lrw-dialog-head"},h("h2",{id:s},t),n),h("div",{class:"lrw-dialog-body",tabindex:0,role:"region","aria-labelledby":s},...e));return n.addEventListener("c\
lick",()=>o.close()),o.addEventListener("pointerdown",r=>{if(r.target!==o)return;let{left:a,right:l,top:c,bottom:u}=o.getBoundingClientRect(),{clientX:p,clientY:d}=r;
(p<a||p>l||d<c||d>u)&&o.close()}),o.addEventListener("close",()=>o.remove()),i.append(o),o.showModal(),o}function Ht(i){let[,t="text/plain",e,s]=/^data:([^,;]*)[^,]*?(;base64)?,(.*)$/s.exec(i)??[];if(s===void 0)throw new TypeError("not a data URL");return e?new Blob(
[Uint8Array.from(atob(s),n=>n.charCodeAt(0))],{type:t}):new Blob([decodeURIComponent(s)],{type:t})}function Wt(i,t,e){let s=URL.createObjectURL(t),n=h("a",{href:s,
download:e,hidden:!0});i.append(n),n.click(),n.remove(),setTimeout(()=>URL.revokeObjectURL(s),6e4)}async function Gt(i){try{return await navigator.clipboard.writeText(
i),!0}catch{return!1}}var je=[["On the marker, and on the edges of the bounds",[["← →","a step down, up: 5 %"],["Page Down, Page Up","a leap down, up: a quarter of a decade; so w\
ith Shift"],["Home, End","to the ends of the axis"],["Escape","while dragging: back to where it was"]]],["In the field Learning rate",[["↑ ↓","5 % up, down"],
["Enter","use what is written: 0.001, 1e-3 and 0,001 are all understood"],["Escape","back to where the marker stands"]]],["On a button",[["Tab","to the next one"],
["Enter, Space","press it"]]],["In the figure",[["Click on a point","the marker goes to its rate"],["Drag","zoom in"],["Double click","the whole figure again"]]]];
function Vt(i){let t=je.flatMap(([e,s])=>[h("h3",{},e),h("dl",{class:"lrw-keys"},...s.flatMap(([n,o])=>[h("dt",{},h("kbd",{},n)),h("dd",{},o)]))]);C(i,"Keyboard\
 and mouse",...t)}function Yt(i,t,e,s,n){let o=[],r=0;for(let d=0;d<i.length;d++)!(i[d]>=-e/2&&i[d]<=1.5*e)||!Number.isFinite(t[d])||(o.push(d),i[d]>=0&&i[d]<=e&&(r+=1));if(o.length<=
n)return o;let a=new Uint8Array(i.length);if(r<=n)for(let d of o)a[d]=i[d]>=0&&i[d]<=e?1:0;let l=Math.max(5,2*e/(.75*n/4));for(let d of Be(o,i,t,l,s))a[d]=1;let c=o.
filter(d=>t[d]>=0&&t[d]<=s),u=n-o.reduce((d,m)=>d+a[m],0),p=[];for(let d=2.5;d<s&&(p=Ue(c,i,t,Math.min(d,l),d,e,s),!(p.length<=u));d*=1.25);if(p.length<=Math.max(
u,0))for(let d of p)a[d]=1;return o.filter(d=>a[d])}function Be(i,t,e,s,n){let o=new Map,r=(a,l,c)=>{let u=o.get(a);(u===void 0||c*e[l]>c*e[u])&&o.set(a,l)};for(let a of i){
let l=4*Math.floor(t[a]/s);r(l,a,1),r(l+1,a,-1),!(e[a]<0||e[a]>n)&&(r(l+2,a,1),r(l+3,a,-1))}return o.values()}function Ue(i,t,e,s,n,o,r){let a=Math.ceil(r/n)+1,
l=new Uint8Array(a*(Math.ceil(2*o/s)+1));return i.filter(c=>{let u=a*Math.floor((t[c]+o/2)/s)+Math.floor(e[c]/n),p=l[u]===0;return l[u]=1,p})}var He=30,We=64,Ge=1.5,Ve=3,Ye=11,qe=9,Xe=560;function mt(i){let t=Je(i);return{data:gt(i,t),layout:t}}function Je({blank:i,series:t,overlay:e,theme:s,zoom:n,banded:o,
dragmode:r,width:a}){let l=ts(i.layout,s.layout),{axes:c}=t;l.yaxis.showticklabels=c!==null,c&&(l.yaxis.range=c.loss.slice(),Object.assign(l.yaxis2,{range:c.change.
slice(),tickvals:c.tickvals,ticktext:c.ticktext})),l.yaxis3&&(c?.metric&&(l.yaxis3.range=c.metric.slice()),l.yaxis3.tickfont.color=s.metric),l.annotations=l.annotations.
filter(({name:u})=>u!=="rate title"||o||a>=Xe);for(let u of l.annotations)u.name==="metric heading"&&(u.font.color=s.metric);for(let[u,p]of Object.entries(n))l[u]&&
(l[u].range=p.slice());for(let u of yt(l))l[u].autorange=!1;return Object.assign(l,{width:a,dragmode:r}),Object.assign(l.xaxis,Ze(l.xaxis,a-l.margin.l-l.margin.
r)),l.shapes=o&&e.band?[{...s.band,x0:e.band[0],x1:e.band[1]}]:[],l}function Ze({type:i,range:t},e){let s=Math.abs(t[1]-t[0]),n={tickvals:null,ticktext:null,dtick:null,
nticks:0,tickfont:{size:Ye}};if(i==="log"&&s>Ge){let r=Math.max(1,Math.ceil(He*s/e));return{...n,tickmode:"linear",dtick:r,tickfont:{size:qe}}}let o=i==="log"?Qe(
t):[];return o.filter(r=>Jt(Math.log10(r),t)).length>=Ve?{...n,tickmode:"array",tickvals:o,ticktext:o.map(r=>E(r,1))}:{...n,tickmode:"auto",nticks:Math.max(2,Math.
min(8,Math.floor(e/We)))}}function Qe(i){let[t,e]=[Math.floor(Math.min(...i))-1,Math.ceil(Math.max(...i))+1];return Array.from({length:e-t},(n,o)=>t+o).flatMap(
n=>[1,2,5].map(o=>+`${o}e${n}`))}function gt({blank:i,series:t,overlay:e,theme:s,most:n},o){let r=t.axes?.threshold??1,a=v=>Math.asinh(v/r),l=e.lr===null?[]:[e.
lr],c=Array.from(t.get("curveLr")),u=Array.from(t.get("change")),p=[qt(t.get("lr"),t.get("loss"),o,"yaxis",n),{x:c,y:Y(t.get("smoothed"))},{x:c,y:Y(u.map(a)),customdata:u},
{x:l,y:l.map(()=>e.loss)},{x:l,y:l.map(()=>a(e.change))},o.yaxis3&&qt(t.get("lr"),t.get("metric"),o,"yaxis3",n),{x:c,y:Y(t.get("smoothedMetric"))}],{loss:d,metric:m,
suggestion:w}=s,g=[d,d,s.change,w,w,m,m];return i.data.map((v,L)=>{let S={...structuredClone(v),...p[L],uid:`lrwidget-${L}`};return S.marker&&(S.marker.color=g[L]),
S.marker?.line&&(S.marker.line.color=s.paper),S.line&&(S.line.color=g[L]),S})}function wt(i,t){let e=i.get("curveLr");if(e.length===0||!(t>=e[0]&&t<=e[e.length-
1]))return null;let[s,n]=bt(e,t),o=n>s?(t-e[s])/(e[n]-e[s]):0,r=c=>c[s]+o*(c[n]-c[s]),a=r(i.get("smoothed")),l=Math.asinh(r(i.get("change"))/(i.axes?.threshold??
1));return Number.isFinite(a)&&Number.isFinite(l)?{loss:a,change:l}:null}function bt(i,t){let[e,s]=[0,i.length-1];for(;s-e>1;){let n=e+s>>1;i[n]<=t?e=n:s=n}return[
e,s]}function Xt({data:i,layout:t},{series:e,theme:s},n,o){let r=[...t.shapes],a=[...t.annotations],l=[];o&&r.push({...s.bounds,x0:o[0],x1:o[1]});let c=t.xaxis.
type==="log"?Math.log10(n??1):n;if(n!==null&&Jt(c,t.xaxis.range)){let{line:u,ring:p,pill:d,heading:m}=s.static_marker,w=t.height-t.margin.t-t.margin.b;r.push({...u,
x0:n,x1:n,y1:1+m/w}),a.push({...d,x:c,yshift:m,text:`<b>${y(n)}</b>`});let g=wt(e,n);g&&(l.push({...p,x:[n],y:[g.loss],yaxis:"y"}),l.push({...p,x:[n],y:[g.change],
yaxis:"y2"}))}return{data:[...i,...l],layout:{...t,shapes:r,annotations:a}}}function Jt(i,t){return i!==null&&i>=Math.min(...t)&&i<=Math.max(...t)}function qt(i,t,e,s,n){
if(t.length<=n)return{x:Array.from(i.subarray(0,t.length)),y:Y(t)};let{width:o,height:r,margin:a,xaxis:l}=e,[c,u]=[o-a.l-a.r,r-a.t-a.b],[p,d]=e[s].domain,m=l.type===
"log"?Math.log10:x=>x,w=([x,ve],_e)=>Ee=>(Ee-x)/(ve-x)*_e,g=u*(d-p),[v,L]=[w(l.range,c),w(e[s].range,g)],S=Yt(i.map(x=>v(m(x))),t.map(x=>g-L(x)),c,g,n);return{x:S.
map(x=>i[x]),y:S.map(x=>t[x])}}function Y(i){return Array.from(i,t=>Number.isFinite(t)?t:null)}function yt(i){return["xaxis","yaxis","yaxis2","yaxis3"].filter(t=>t in
i)}function ts(i,t){let e=structuredClone(i);for(let[s,n]of Object.entries(t)){let o=s.split("."),r=o.pop(),a=e;for(let l of o)a[l]??={},a=a[l];a[r]=n}return e}function xt(i){if(i<9.95)return`${i.toFixed(1)} s`;let t=Math.round(i);if(t<60)return`${t} s`;let e=s=>String(s).padStart(2,"0");return t<3600?`${Math.floor(t/60)}\
 min ${e(t%60)} s`:`${Math.floor(t/3600)} h ${e(Math.floor(t%3600/60))} min`}function Zt(i){return i>0?i<.995?`${xt(1/i)} a step`:`${i<9.95?i.toFixed(1):Math.round(
i)} steps/s`:""}function D(i){return i<0?`−${E(-i)}`:E(i)}var es=100;function ss(i,t){return i<=t?Array.from({length:i},(e,s)=>s):Array.from({length:t},(e,s)=>Math.round(s*(i-1)/(t-1)))}function is(i,t,e=es){let[s,n,o]=[
i.get("lr"),i.get("loss"),i.get("curveLr")],r=i.get("metric"),a=t!==null&&r.length>0,l=[i.get("smoothed"),i.get("change"),...a?[i.get("smoothedMetric")]:[]],c=[
"Step","Learning rate","Loss","Smoothed loss","Change in loss per decade"];a&&c.push(t,`Smoothed ${t}`);let u=Math.min(s.length,n.length),p=ss(u,e).map(d=>{let m=l.
map(g=>kt(ns(o,g,s[d]))),w=a?[kt(r[d]),m[2]]:[];return{step:d+1,lr:E(s[d]),cells:[kt(n[d]),m[0],m[1],...w]}});return{headings:c,rows:p,count:u}}function ns(i,t,e){
let s=i.length-1,n=1e-9*e;if(s<0||e<i[0]-n||e>i[s]+n)return Number.NaN;let[o,r]=bt(i,e);if(r===o||e<=i[o])return t[o];if(e>=i[r])return t[r];let a=Math.log(e/i[o])/
Math.log(i[r]/i[o]);return t[o]+a*(t[r]-t[o])}function kt(i){return Number.isFinite(i)?D(i):"–"}function Qt(i,t,e,s){let{headings:n,rows:o,count:r}=is(t,e.offers.
metric_name),{choice:a}=e,l=a.suggested_lr===null?"There is no suggestion.":`Suggested: ${y(a.suggested_lr)}.`,c=o.length<r?`${o.length} of ${r} points, evenly \
chosen. `:`${r} points. `,u=h("button",{type:"button",class:"lrw-button"},"Save all as CSV");u.addEventListener("click",s);let p=h("table",{class:"lrw-table"},h(
"caption",{},`${c}${l}`),h("thead",{},h("tr",{},...n.map(d=>h("th",{scope:"col"},d)))),h("tbody",{},...o.map(({step:d,lr:m,cells:w})=>h("tr",{},h("td",{},String(
d)),h("th",{scope:"row"},m),...w.map(g=>h("td",{},g))))));C(i,"Points of the sweep",p,h("p",{},u))}var os={json:"application/json",csv:"text/csv"},q=class{constructor({client:t,say:e,figure:s,root:n,now:o,tell:r}){this.client=t,this.say=e,this.figure=s,this.root=
n,this.now=o,this.tell=r}items(){let{rate:t,points:e,clear:s}=this.now().menu,{shows_bounds:n}=this.client.state.choice,{closed:o}=this.client.state;return[{name:"\
Bounds",on:!o,checked:n,does:()=>{this.say("show_bounds",{shown:!n})}},"line",{name:"Copy rate",on:t,does:()=>{this.copyRate()}},{name:"Copy code",on:t,does:()=>{
this.copyCode()}},"line",{name:"Export PNG",on:e,does:()=>{this.saveImage("png")}},{name:"Export SVG",on:e,does:()=>{this.saveImage("svg")}},{name:"Export CSV",
on:e,does:()=>{this.saveNumbers("csv")}},{name:"Export JSON",on:e,does:()=>{this.saveNumbers("json")}},"line",{name:"Table of points",on:e,does:()=>this.showTable()},
{name:"Keyboard help",does:()=>Vt(this.root)},"line",{name:"Clear",on:s,does:()=>{this.say("clear",{})}}]}copyRate(){let{lr:t}=this.client;return t===null?void 0:
this.copyText(y(t),"The learning rate")}async copyCode(){let{done:t,value:e}=await this.say("export",{format:"code"});t&&typeof e=="string"&&await this.copyText(
e,"Code that sets this rate")}async copyText(t,e){if(await Gt(t)){let n=t.trim();return this.tell(n.length>24||n.includes(`
`)?"Copied":`Copied ${n}`)}let s=h("textarea",{class:"lrw-copy",readonly:!0,rows:Math.min(t.split(`
`).length,12),"aria-label":e});s.value=t,C(this.root,e,h("p",{},"This page may not copy. Press Ctrl+C (⌘C) to copy what is selected."),s),s.focus(),s.select()}async saveImage(t){
try{this.saved(Ht(await this.figure.image(t)),t)}catch(e){this.tell(`No ${t.toUpperCase()}: ${e instanceof Error?e.message:e}`)}}async saveNumbers(t){let{done:e,
value:s}=await this.say("export",{format:t});e&&typeof s=="string"&&this.saved(new Blob([s],{type:os[t]}),t)}saved(t,e){let s=`lr-range-test-${this.client.state.
sweep}.${e}`;Wt(this.root,t,s),this.tell(`Saved ${s}`)}showTable(){Qt(this.root,this.client.series,this.client.state,()=>{this.saveNumbers("csv")})}};var A=class{constructor({label:t,name:e,title:s,read:n,write:o,allowed:r,keys:a,commit:l}){this.read=n,this.write=o,this.allowed=r;let[c,u]=[_(),_()];this.input=
h("input",{id:c,class:"lrw-input",type:"text",inputmode:a,autocomplete:"off",autocapitalize:"off",spellcheck:"false",enterkeyhint:"done",placeholder:"–",title:s,
"aria-label":e,"aria-describedby":u,"data-lm-suppress-shortcuts":"true"}),this.complaint=h("span",{id:u,class:"lrw-complaint",hidden:!0}),this.el=h("span",{class:"\
lrw-field"},h("label",{class:"lrw-field-label",for:c,title:s},t),this.input,this.complaint),this.value=null,this.pending=null,this.text="",this.wrong=null,this.
on=!0,this.input.addEventListener("keydown",p=>{if(!p.isComposing){if(p.key==="Enter")l();else if(p.key==="Escape")this.revert();else return;p.preventDefault()}}),
this.input.addEventListener("input",()=>this.complain(null)),this.input.addEventListener("blur",()=>{this.changed&&this.input.value!==this.wrong&&l()})}get changed(){
return this.input.value!==this.text}get typed(){return this.changed?this.read(this.input.value):null}show(t,e){let s=t!==this.value;this.value=t,this.on=e,this.
input.readOnly=!e;let n=this.changed&&(T(this.input)===this.input||!s);e&&n||this.pending!==null&&e||this.revert()}revert(){this.complain(null),this.put(this.value)}put(t){
this.text=t===null?"":this.write(t),this.input.value!==this.text&&(this.input.value=this.text)}take(){if(!this.changed)return this.pending??this.value;if(this.input.
value.trim()==="")return this.revert(),this.value;let t=this.read(this.input.value);return this.complain(t===null?this.allowed:null),t}async send(t,e){let s={};
this.sent=s,this.pending=t,this.put(t);let{done:n,why:o}=await e;this.sent===s&&(this.pending=null,!this.changed&&(n?this.put(this.value):this.refuse(t,o)))}refuse(t,e){
this.put(this.value),this.input.value=this.write(t),this.complain(e??this.allowed)}complain(t){this.wrong=t===null?null:this.input.value,b(this.complaint,t??""),
this.complaint.hidden=t===null,f(this.input,"aria-invalid",t===null?null:"true")}};var rs=Math.log10(1.05),as=.25,ls=40,hs=8,cs=100,us=10,ds=3,te={ArrowLeft:{by:-1},ArrowDown:{by:-1},ArrowRight:{by:1},ArrowUp:{by:1},PageDown:{by:-1,leap:!0},PageUp:{
by:1,leap:!0},Home:{end:0},End:{end:1}};function J(i,t,e,s,n){let o=Object.hasOwn(te,i)?te[i]:null;if(!o)return null;if(o.end!==void 0)return X(n[o.end],n);let r=(o.
by??0)*ee(s,!!o.leap||t);return K(s.type==="log"?e*10**r:e+r,s,n)}function K(i,t,e){if(!(i>e[0]))return X(e[0],e);if(!(i<e[1]))return X(e[1],e);let s=ee(t,!1),n=(t.
type==="log"?i*(10**s-1):s)/4,o=ds;for(;o<6&&se(i,o)>2*n;)o+=1;return X(I(i,o),e)}function ee({type:i,range:t},e){let s=Math.abs(t[1]-t[0]);return i!=="log"?s/(e?
us:cs):e?Math.min(as,s/hs):Math.min(rs,s/ls)}function se(i,t){return 10**(Math.floor(Math.log10(i))-t+1)}function X(i,[t,e]){if(i>t&&i<e)return i;let s=i<=t?t:e,
n=I(s,6);if(n>=t&&n<=e)return n;let o=se(s,6);return I(n<t?s+o:s-o,6)}var ie=/^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;function Z(i){let t=i.trim().replace(/[\u2212\u2013]/g,"-").replace(",",".");if(!ie.test(t))return null;let e=I(Number(
t),6);return e>0&&Number.isFinite(e)?e:null}function ne(i){let t=i.trim();if(!ie.test(t))return null;let e=Number(t);return Number.isSafeInteger(e)&&e>=2?e:null}
function oe(i,t,{limits:e,layout:s}){let n=s.xaxis.type==="log"?"log":"linear",[o,r]=e,a=n==="log"?[Math.log10(o),Math.log10(r)]:e;return J(i,!1,t,{type:n,range:a},
e)??t}var ps=.05,fs=1,ms="A rate is a number above 0, for example 1e-7.",Q=class{constructor(t){this.say=t;let e=()=>{this.commit()},s={read:Z,write:y,allowed:ms,keys:"\
decimal",commit:e};this.fields={start_lr:new A({...s,label:"Start",name:"Start",title:"First rate of the sweep"}),end_lr:new A({...s,label:"End",name:"End",title:"\
Last rate of the sweep"}),num_iter:new A({label:"Steps",name:"Steps",title:"Number of rates, one for each training step",read:ne,write:String,allowed:"Steps are\
 a whole number, 2 or more.",keys:"numeric",commit:e})},this.rule=new et("Rule","How a rate is picked from the curve; no new sweep is needed",a=>t("rule",{rule:a})),
this.on=new et("On","What the rule judges",a=>t("on",{on:a==="metric"?"metric":"loss"})),this.smoothing=new vt(a=>t("bandwidth",{bandwidth:a})),this.bounds=new k(
{name:"Bounds",text:"Bounds",icon:"off",kind:"lrw-toggle",title:"Show the range for a cyclical schedule, base to maximum rate, with edges to drag",press:()=>{t(
"show_bounds",{shown:this.bounds.el.getAttribute("aria-pressed")!=="true"})}}),this.summary=h("span"),this.own=h("p",{class:"lrw-hint"},"The rates are your own \
list, so start, end and steps are fixed.");let{start_lr:n,end_lr:o,num_iter:r}=this.fields;this.el=h("details",{class:"lrw-settings"},h("summary",{},h("span",{class:"\
lrw-unseen"},"Settings: "),this.summary),h("div",{class:"lrw-fields",role:"group","aria-label":"Settings"},n.el,o.el,r.el,this.rule.el,this.on.el,this.smoothing.
el,this.bounds.el),this.own)}show(t,e){let{choice:s,offers:n,plan:o}=t;b(this.summary,t.words.summary),this.fields.start_lr.show(o.start_lr,e.plan),this.fields.
end_lr.show(o.end_lr,e.plan),this.fields.num_iter.show(o.num_iter,e.plan),this.own.hidden=!e.own;let r=!t.closed;this.rule.show(n.rules.map(({name:l,words:c})=>({
value:l,text:l,words:c})),s.rule,r),this.on.el.hidden=n.metric_name===null;let a={value:"metric",text:n.metric_name??"metric",words:"Higher is better"};this.on.
show([{value:"loss",text:"loss",words:"Lower is better"},a],s.on,r),this.smoothing.show(s.bandwidth,r),this.bounds.show({there:!0,on:r,icon:s.shows_bounds?"on":
"off"}),f(this.bounds.el,"aria-pressed",String(s.shows_bounds))}commit(){if(!Object.values(this.fields).some(u=>u.changed))return!0;let{start_lr:e,end_lr:s,num_iter:n}=this.
fields,[o,r,a]=[e.take(),s.take(),n.take()];if(o!==null&&r!==null&&o>=r)return e.changed?e.complain(`Start must be below End, which is ${y(r)}.`):s.complain(`En\
d must be above Start, which is ${y(o)}.`),!1;if(o===null||r===null||a===null)return!1;let l={};e.changed&&(l.start_lr=o),s.changed&&(l.end_lr=r),n.changed&&(l.
num_iter=a);let c=this.say("plan",l);return l.start_lr!==void 0&&e.send(o,c),l.end_lr!==void 0&&s.send(r,c),l.num_iter!==void 0&&n.send(a,c),!0}plan(){let[t,e,s]=Object.
values(this.fields).map(n=>n.take());return t===null||e===null||s===null?null:{start_lr:t,end_lr:e,num_iter:s}}showWrong(){let t=Object.values(this.fields).find(
e=>e.input.getAttribute("aria-invalid"));t&&(this.el.open=!0,t.input.focus())}},tt=class{constructor(){this.asked=null}async until(t,e){let s={};this.asked=s,await t,
this.asked===s&&(this.asked=null,e())}},et=class extends tt{constructor(t,e,s){super();let[n,o]=[_(),_()];this.select=h("select",{id:n,class:"lrw-input",title:e,
"aria-describedby":o}),this.words=h("span",{id:o,class:"lrw-hint"}),this.el=h("span",{class:"lrw-field"},h("label",{class:"lrw-field-label",for:n,title:e},t),this.
select,this.words),this.options=[],this.value="",this.select.addEventListener("change",()=>{this.explain(),this.until(s(this.select.value),()=>this.put())})}show(t,e,s){
this.select.disabled=!s;let n=t.some(r=>r.value===e)?t:[...t,{value:e,text:e,words:""}],o=n.length===this.options.length&&n.every(({value:r,text:a},l)=>this.options[l].
value===r&&this.options[l].text===a);this.options=n,o||this.select.replaceChildren(...n.map(({value:r,text:a})=>h("option",{value:r},a))),this.value=e,this.asked||
this.put()}put(){this.select.value!==this.value&&(this.select.value=this.value),this.explain()}explain(){let t=this.options.find(({value:e})=>e===this.select.value);
b(this.words,t?.words??"")}},vt=class extends tt{constructor(t){super();let e=_(),s="Width of the smoothing in decades of the learning rate; 0 is none";this.rail=
h("input",{id:e,class:"lrw-rail",type:"range",min:0,step:ps,title:s}),this.number=h("span",{class:"lrw-number","aria-hidden":"true"}),this.el=h("span",{class:"l\
rw-field"},h("label",{class:"lrw-field-label",for:e,title:s},"Smoothing"),h("span",{class:"lrw-smoothing"},this.rail,this.number)),this.value=0,this.rail.addEventListener(
"input",()=>{let n=Number(this.rail.value);this.write(n),this.until(t(n),()=>this.put())})}show(t,e){this.rail.disabled=!e,this.value=t,f(this.rail,"max",Math.max(
fs,Math.ceil(t))),this.asked||this.put()}put(){Number(this.rail.value)!==this.value&&(this.rail.value=String(this.value)),this.write(this.value)}write(t){let e=String(
Number(t.toPrecision(3)));b(this.number,e),f(this.rail,"aria-valuetext",t===0?"none":`${e} decades`)}};var gs={hello:"",run:"Run",pause:"Pause",resume:"Resume",stop:"Stop",accept:"Accept",undo:"Undo",clear:"Clear",move:"the learning rate",bounds:"the bounds",show_bounds:"\
Bounds",plan:"the settings",rule:"Rule",bandwidth:"Smoothing",on:"On",export:"the export"};function re(i,t){let{can:e,choice:s}=i,n=i.state==="running"||i.state===
"paused",o=(...c)=>c.some(u=>t.waiting.includes(u)),r=t.typed??t.lr,a=!n&&r!==null&&r===s.accepted_lr,l=i.state==="idle"&&t.lr===null&&!e.undo&&!e.accept;return{
run:{...ws(i),waits:o("run","pause","resume")},stop:{there:n,on:e.stop,waits:o("stop")},suggestion:{there:!n&&e.move&&s.suggested_lr!==null&&t.lr!==s.suggested_lr,
on:e.move,title:s.suggested_lr===null?"":`Back to the suggestion, ${y(s.suggested_lr)}`},undo:{there:!n&&e.undo,on:e.undo,waits:o("undo")},accept:{there:!l,on:!n&&
!a&&r!==null&&(e.accept||e.move),text:a?"Accepted":"Accept",waits:o("accept")},rate:{there:!l,lr:t.lr,on:e.move},status:bs(i,t,n),settings:{plan:!n&&!i.closed&&
i.plan.step_mode!=="list",own:i.plan.step_mode==="list"},menu:{rate:t.lr!==null,points:i.progress.step>0,clear:e.clear}}}function ws({state:i,can:t,progress:e}){
if(i==="running")return{name:"Pause",text:"Pause",there:!0,on:t.pause,main:!0};if(i==="paused")return{name:"Resume",text:"Resume",there:!0,on:t.resume,main:!0};
let s=i!=="idle"&&e.step>0;return{name:"Run",text:s?"Run again":"Run",there:!0,on:t.run,main:!s}}function bs(i,t,e){let{words:s}=i,n=ks(t.waiting,i.deaf),o=i.state===
"failed",r=ys(i,t.refused,o),a=r.some(u=>u.refused),l={waiting:n,notes:r,marked:n!==""||!a};if(e){let u=i.state==="paused",p=s.tone==="quiet"?"running":s.tone;return{
...l,tone:n?"waiting":a?"error":u?"paused":p,headline:"",text:"",progress:xs(i)}}let c=n!=="";return{...l,tone:n?"waiting":a||o?"error":s.tone,headline:c?"":s.headline,
text:c?"":s.text,progress:null}}function ys({words:i},t,e){let s=i.notes.map((o,r)=>({text:o,refused:t!==null&&o.includes(t)?!0:r===0&&i.tone==="error"&&!e}));return t===
null||[i.headline,i.text,...i.notes].some(o=>o.includes(t))?s:[{text:t,refused:!0},...s]}function xs({state:i,progress:t}){let{step:e,num_iter:s,seconds_left:n,
loss:o,best_loss:r,steps_per_second:a}=t,l=i==="running";return{count:`${l?"":"Paused at "}${e} of ${s}`,fraction:s>0?Math.min(e/s,1):0,left:l&&n!==null?`${xt(n)}\
 left`:"",loss:o===null?"":D(o),best:r===null?"":D(r),speed:l&&a!==null?Zt(a):""}}function ks(i,t){if(i.length===0)return"";let e=[...new Set(i.map(n=>gs[n]))].
filter(n=>n!=="");return`Waiting for the kernel${e.length>0?` to answer: ${e.join(", ")}`:" to answer"}.${t?" The cell that runs must end first.":""}`}var vs={quiet:null,running:null,paused:"pause",good:"accept",warning:"warning",error:"error",waiting:"waiting"},st=class{constructor(){this.icon=z("warning"),this.
headline=h("strong",{class:"lrw-headline"}),this.text=h("span",{class:"lrw-text"}),this.count=h("span",{class:"lrw-count"}),this.done=h("span",{class:"lrw-done"}),
this.bar=h("span",{class:"lrw-bar",role:"progressbar","aria-label":"Progress of the sweep","aria-valuemin":0,"aria-valuemax":100},this.done),this.left=h("span",
{class:"lrw-left"}),this.loss=h("b"),this.best=h("span"),this.losses=h("span",{class:"lrw-losses"},"loss ",this.loss,this.best),this.speed=h("span",{class:"lrw-\
speed"}),this.progress=h("span",{class:"lrw-progress"},this.count,this.bar,this.left,this.losses,this.speed),this.waiting=h("span",{class:"lrw-waiting"}),this.line=
h("div",{class:"lrw-line"},this.icon,this.headline,this.progress,this.text,this.waiting),this.notes=h("ul",{class:"lrw-notes",hidden:!0}),this.noted="",this.told=
h("div",{class:"lrw-told",role:"status","aria-live":"polite"}),this.el=h("div",{class:"lrw-status"},this.line,this.notes,this.told)}show(t,e){f(this.el,"data-to\
ne",t.tone);let s=t.marked?vs[t.tone]:null;s&&F(this.icon,s),f(this.icon,"hidden",s===null),b(this.headline,t.headline),b(this.text,t.text),b(this.waiting,t.waiting),
this.progress.hidden=t.progress===null,t.progress&&this.showProgress(t.progress,t.waiting!=="");let n=JSON.stringify(t.notes);n!==this.noted&&(this.noted=n,this.
notes.replaceChildren(...t.notes.map(({text:o,refused:r})=>r?h("li",{class:"is-refused"},z("error"),o):h("li",{},o)))),this.notes.hidden=t.notes.length===0,b(this.
told,e)}showProgress(t,e){b(this.count,t.count);let s=Math.round(100*t.fraction);f(this.bar,"aria-valuenow",s),f(this.bar,"aria-valuetext",t.count),this.done.style.
transform=`scaleX(${t.fraction})`,b(this.left,e?"":t.left),b(this.loss,t.loss),b(this.best,t.best===""?"":`, best ${t.best}`),this.losses.hidden=e||t.loss==="",
b(this.speed,e?"":t.speed)}};var _t={Run:{icon:"run",press:"run",title:"Sweep the learning rate; everything is given back afterwards"},Pause:{icon:"pause",press:"pause",title:"Hold the swee\
p; Resume goes on from there"},Resume:{icon:"run",press:"resume",title:"Go on with the sweep"}},it=class{constructor(t,e,s){this.client=t,this.move=s,this.run=new k(
{name:"Run",text:"Run",icon:"run",kind:"lrw-run",title:_t.Run.title,press:()=>e(_t[this.run.name].press)}),this.stop=new k({name:"Stop",text:"Stop",icon:"stop",
kind:"lrw-stop",title:"End the sweep; everything is given back",press:()=>e("stop")}),this.suggestion=new k({name:"Back to the suggestion",text:"suggestion",icon:"\
back",kind:"lrw-suggestion",press:()=>e("suggestion")}),this.undo=new k({name:"Undo",text:"Undo",icon:"undo",kind:"lrw-undo",title:"Give the optimizer back the \
rates that it had before Accept",press:()=>e("undo")}),this.rate=new A({label:"learning rate",name:"Learning rate",title:"Where the marker stands, and what Acce\
pt writes into the optimizer",read:Z,write:y,allowed:"A learning rate is a number above 0, for example 0.001 or 1e-3.",keys:"decimal",commit:()=>{this.commit()}}),
this.rate.el.classList.add("lrw-rate"),f(this.rate.input,"role","spinbutton"),this.rate.input.addEventListener("keydown",n=>this.step(n)),this.accept=new k({name:"\
Accept",text:"Accept",icon:"accept",kind:"lrw-accept",title:"Write the learning rate into the optimizer",press:()=>e("accept")}),this.el=h("div",{class:"lrw-too\
lbar",role:"group","aria-label":"Learning-rate range test"},h("span",{class:"lrw-side"},this.run.el,this.stop.el),h("span",{class:"lrw-side lrw-way"},this.suggestion.
el,this.undo.el),h("span",{class:"lrw-side lrw-choice"},this.rate.el,this.accept.el))}show(t){this.keepFocus(t);let{icon:e,title:s}=_t[t.run.name];this.run.show(
{...t.run,icon:e,title:s}),this.stop.show(t.stop),this.suggestion.show(t.suggestion),this.undo.show(t.undo),this.accept.show(t.accept),this.el.classList.toggle(
"is-plain",!t.rate.there),this.el.classList.toggle("is-busy",t.stop.there),this.rate.show(t.rate.lr,t.rate.on);let[n,o]=this.client.blank.limits,{input:r}=this.
rate;f(r,"aria-valuenow",t.rate.lr===null?null:M(t.rate.lr)),f(r,"aria-valuemin",M(n)),f(r,"aria-valuemax",M(o)),f(r,"aria-valuetext",t.rate.lr===null?"none yet":
y(t.rate.lr))}keepFocus(t){let e=T(this.el);e===this.stop.el&&!t.stop.there?this.run.el.focus({preventScroll:!0}):e===this.suggestion.el&&!t.suggestion.there?this.
rate.input.focus({preventScroll:!0}):e===this.undo.el&&!t.undo.there?this.accept.el.focus({preventScroll:!0}):!t.rate.there&&this.el.lastElementChild?.contains(
e)&&this.run.el.focus({preventScroll:!0})}commit(){if(!this.rate.on)return!0;let t=this.rate.take();return t===null?!this.rate.changed:(this.rate.changed&&t!==this.
client.lr?this.choose(t):this.rate.revert(),!0)}async choose(t){this.rate.complain(null),this.rate.put(t);let{done:e,why:s}=await this.move(t);!e&&!this.rate.changed&&
this.rate.on&&this.rate.refuse(t,s)}step(t){if(t.key!=="ArrowUp"&&t.key!=="ArrowDown"||t.ctrlKey||t.metaKey||t.altKey||t.shiftKey||(t.preventDefault(),!this.rate.
on))return;let e=this.rate.take();if(e===null)return;let s=oe(t.key,e,this.client.blank);s!==this.client.lr&&this.choose(s)}};function le(i,t,e){let s=!1,n=!1,o=async()=>{n=!0;try{for(let r=performance.now();s&&!e.aborted;){if(await ae(e),performance.now()-r<t())continue;if(await Et(0,
e),e.aborted)break;s=!1;let a=performance.now();await i(),await ae(e),await Et(0,e),r=performance.now(),await Et(r-a,e)}}finally{n=!1}};return()=>{s=!0,!n&&!e.aborted&&
o()}}function he(i,t,e){let s=null;return e.addEventListener("abort",()=>clearTimeout(s??void 0),{once:!0}),()=>{e.aborted||(s??=setTimeout(()=>{s=null,t()},i))}}
function ae(i){return ce(t=>{let e=requestAnimationFrame(t);return()=>cancelAnimationFrame(e)},i)}function Et(i,t){return ce(e=>{let s=setTimeout(e,i);return()=>clearTimeout(
s)},t)}function ce(i,t){return new Promise(e=>{let s=i(()=>{t.removeEventListener("abort",n),e()}),n=()=>{s(),e()};t.addEventListener("abort",n,{once:!0}),t.aborted&&
n()})}var _s=2,O=class{lr=null;#t=null;#s=new Map;#e=[];constructor(t,e,s){this.place_=e,this.look=s,this.el=document.createElement("div"),this.el.className=`lrwidget\
-marker ${s.className??""}`.trim(),this.el.tabIndex=0,this.el.setAttribute("role","slider"),this.el.setAttribute("aria-label",s.name),this.el.setAttribute("aria\
-orientation","horizontal"),this.el.setAttribute("data-lm-suppress-shortcuts","true");for(let o=0;s.heights&&o<_s;o++){let r=document.createElement("span");r.className=
"lrwidget-marker-ring",this.#e.push(r),this.el.append(r)}this.readout=document.createElement("span"),this.readout.className="lrwidget-marker-readout",this.readout.
setAttribute("aria-hidden","true"),this.el.append(this.readout),t.append(this.el);let{signal:n}=e;this.el.addEventListener("pointerdown",o=>this.#a(o),{signal:n}),
this.el.addEventListener("pointermove",o=>this.#h(o),{signal:n}),this.el.addEventListener("pointerup",o=>this.#u(o),{signal:n}),this.el.addEventListener("pointe\
rcancel",()=>this.cancel(),{signal:n}),this.el.addEventListener("lostpointercapture",()=>this.cancel(),{signal:n}),this.el.addEventListener("keydown",o=>this.#d(
o),{signal:n}),n.addEventListener("abort",()=>this.cancel()),this.place()}get dragging(){return this.#t!==null}set(t){this.dragging||(this.lr=t,this.place())}place(){
let t=this.place_.axis(),{lr:e}=this;e===null||!t?this.el.hidden=!0:(this.el.hidden=!1,this.#r(e,t),this.#i(e)),this.look.placed?.()}#r(t,e){let{top:s,height:n,
width:o}=this.place_.panels(),r=e.d2p(t),a=Math.min(Math.max(r,0),e._length),l=Math.abs(a-r)>1;this.el.classList.toggle("is-outside",l),this.el.style.transform=
`translateX(${e._offset+a}px)`,this.el.style.top=`${s}px`,this.el.style.height=`${n}px`;let c=l?[]:this.look.heights?.(t)??[];this.#e.forEach((g,v)=>{g.hidden=!(c[v]>=
0),g.hidden||(g.style.transform=`translateY(${c[v]-s}px)`)}),this.readout.textContent=`${this.look.prefix??""}${y(t)}`;let u=this.look.side??0,p=this.#n()/2+2,d=e.
_offset+a+u*p,m=Math.max(p-d,0),w=Math.max(p-(o-d),0);this.readout.style.marginLeft=`${u*p+m-w}px`}#i(t){let[e,s]=this.#o();this.el.setAttribute("aria-valuemin",
M(e)),this.el.setAttribute("aria-valuemax",M(s)),this.el.setAttribute("aria-valuenow",M(t)),this.el.setAttribute("aria-valuetext",y(t)),this.el.setAttribute("ar\
ia-disabled",String(!this.place_.movable()))}#n(){let t=this.readout.textContent.replace(/\d/g,"0"),e=this.#s.get(t)??this.readout.offsetWidth;return e>0&&this.#s.
set(t,e),e}#o(){return(this.look.limits??this.place_.limits)()}#a(t){if(t.button!==0||this.lr===null||this.dragging||(t.preventDefault(),t.stopPropagation(),this.
el.focus({preventScroll:!0}),!this.place_.movable()))return;this.el.setPointerCapture(t.pointerId);let e=this.el.getBoundingClientRect(),s=this.el.offsetParent??
this.el.parentElement,{left:n}=s.getBoundingClientRect(),o=t.clientX-(e.left+e.width/2)+n;this.#t={pointer:t.pointerId,offset:o,from:this.lr},this.el.classList.
add("is-dragging")}#h(t){let e=this.place_.axis();if(t.pointerId!==this.#t?.pointer||!e)return;let s=t.clientX-this.#t.offset-e._offset,n=K(e.p2d(Math.min(Math.
max(s,0),e._length)),e,this.#o());n!==this.lr&&(this.lr=n,this.place(),this.look.dragged?.(n))}#u(t){if(t.pointerId!==this.#t?.pointer)return;let{from:e}=this.#t;
this.#l(),this.lr!==e&&this.lr!==null&&this.look.chosen(this.lr),this.look.dragged?.(null)}cancel(){if(!this.#t)return;let{from:t}=this.#t;this.#l(),this.set(t),
this.look.dragged?.(null)}#l(){let t=this.#t?.pointer;this.#t=null,t!==void 0&&this.el.hasPointerCapture(t)&&this.el.releasePointerCapture(t),this.el.classList.
remove("is-dragging")}#d(t){if(t.key==="Escape"&&this.dragging)return t.stopPropagation(),this.cancel();let e=this.place_.axis();if(this.lr===null||this.dragging||
!e||t.ctrlKey||t.metaKey||t.altKey)return;let s=J(t.key,t.shiftKey,this.lr,e,this.#o());s!==null&&(t.preventDefault(),t.stopPropagation(),!(s===this.lr||!this.place_.
movable())&&(this.set(s),this.look.chosen(s)))}};var ue="lrwidget-bound",nt=class{constructor(t,e,s){this.place_=e,this.band=document.createElement("div"),this.band.className="lrwidget-band",t.append(this.band);
let n=()=>{this.base.lr!==null&&this.max.lr!==null&&s([this.base.lr,this.max.lr])},o=()=>this.#t();this.base=new O(t,e,{name:"Base learning rate",className:ue,prefix:"\
base ",side:-1,limits:()=>[e.limits()[0],this.max?.lr??e.limits()[1]],chosen:n,placed:o}),this.max=new O(t,e,{name:"Maximum learning rate",className:ue,prefix:"\
max ",side:1,limits:()=>[this.base?.lr??e.limits()[0],e.limits()[1]],chosen:n,placed:o}),this.set(null)}set(t){this.base.set(t?.[0]??null),this.max.set(t?.[1]??
null)}get dragging(){return this.base.dragging||this.max.dragging}cancel(){this.base.cancel(),this.max.cancel()}place(){this.base.place(),this.max.place()}#t(){
let t=this.place_.axis(),[e,s]=[this.base?.lr??null,this.max?.lr??null];if(this.band.hidden=e===null||s===null||!t,e===null||s===null||!t)return;let n=l=>Math.min(
Math.max(t.d2p(l),0),t._length),{top:o,height:r}=this.place_.panels(),a=n(e);this.band.style.left=`${t._offset+a}px`,this.band.style.width=`${Math.max(n(s)-a,0)}\
px`,this.band.style.top=`${o}px`,this.band.style.height=`${r}px`}};var Es=900,Ss=5;function de(i,t,e,s,n){i.on("plotly_relayout",u=>{let p={...e()};for(let d of yt(i._fullLayout))u[`${d}.autorange`]?delete p[d]:(`${d}.range[0]`in
u||`${d}.range`in u)&&(p[d]=i._fullLayout[d].range.slice());s.zoomed(p,u.dragmode)}),i.on("plotly_relayouting",s.moving);let o={x:0,y:0,moved:0,touch:!1};t.addEventListener(
"pointerdown",({clientX:u,clientY:p,pointerType:d})=>Object.assign(o,{x:u,y:p,moved:0,touch:d==="touch"}),{signal:n,capture:!0}),window.addEventListener("pointe\
rup",u=>{o.moved=Math.hypot(u.clientX-o.x,u.clientY-o.y)},{signal:n,capture:!0});let r=Number.NEGATIVE_INFINITY,a=Number.NEGATIVE_INFINITY;i.on("plotly_click",({
points:u,event:p})=>{let d=u.find(w=>w.data.name==="loss")?.x??u[0]?.x,m=p!==void 0&&(p.detail>1||p.timeStamp<=a);!(d>0)||o.moved>Ss||m||(r=performance.now(),s.
clicked(d))});let l=()=>{a=performance.now(),performance.now()-r<Es&&s.unclicked(),r=Number.NEGATIVE_INFINITY,s.unzoomed()},c=u=>u.composedPath().some(p=>p instanceof
Element&&p.classList.contains("modebar"));t.addEventListener("dblclick",u=>c(u)||l(),{signal:n}),i.on("plotly_doubleclick",()=>o.touch&&l())}var Ls='style[id^="plotly.js-style"]',pe="data-lrwidget-plotly";function fe(i){let t=i.getRootNode();if(!(t instanceof ShadowRoot))return;let n=[...document.head.
querySelectorAll(Ls)].flatMap(({sheet:r})=>[...r?.cssRules??[]]).map(r=>r.cssText).join(`
`),o=t.querySelector(`style[${pe}]`);o||(o=document.createElement("style"),o.setAttribute(pe,""),t.prepend(o)),o.textContent!==n&&(o.textContent=n)}var me="http://www.w3.org/2000/svg";var ye=new Set(["loss","metric"]);function xe(i){return i.map(t=>ye.has(t.name)?{...t,marker:{...t.marker,maxdisplayed:1}}:t)}function St(i,t){return t.every(e=>{
if(e.x.length===0)return!0;let s=n=>i.querySelector(`.trace${e.uid} ${n}`);if(ye.has(e.name)){let n=s(".points");if(!n)return!1;let{color:o,opacity:r,size:a}=e.
marker,l={stroke:o,strokeOpacity:r,strokeWidth:`${a}px`};ge(n,l,we(e,i._fullLayout,Ms))}else if(e.mode==="lines"){let n=s(".lines");if(!n)return!1;let{color:o,width:r}=e.
line,a=s(".js-line")?.style.strokeDasharray??"",l={stroke:o,strokeWidth:`${r}px`,strokeDasharray:a};ge(n,l,we(e,i._fullLayout,As))}return!0})}function ge(i,t,e){
let s=i.querySelector(".lrwidget-strokes");for(s||(s=document.createElementNS(me,"g"),s.setAttribute("class","lrwidget-strokes"),i.prepend(s)),Object.assign(s.style,
t);s.childElementCount<e.length;)s.append(document.createElementNS(me,"path"));[...s.children].forEach((n,o)=>{let r=e[o]??"";n.getAttribute("d")!==r&&n.setAttribute(
"d",r)})}function we({x:i,y:t,line:e,yaxis:s="y"},n,o){let[r,a]=[n.xaxis,n[s.replace("y","yaxis")]],l=Math.ceil(r._length/64),c=e?.dash!==void 0,u=Array(c?1:l+2).
fill(""),p=null;return i.forEach((d,m)=>{let w=t[m];if(w===null){p=null;return}let g=be(r.d2p(d)),v=c?0:Math.min(Math.max(Math.floor(g/64),-1),l)+1,L={strip:v,place:`${g}\
,${be(a.d2p(w))}`};u[v]+=o(L,p),p=L}),u}function Ms({place:i}){return`M${i}h0`}function As({strip:i,place:t},e){return e?i===e.strip?`L${t}`:`M${e.place}L${t}`:
`M${t}`}function be(i){return Math.round(10*i)/10}var Ts=512,ke=250,Lt=1e3,Ns=860,Os="Loss and change in loss over the learning rate",ot=class{#t=null;#s=null;#e={};#r="zoom";#i=!0;#n=!1;#o=null;#a=null;#h=-1;#u=Number.
NEGATIVE_INFINITY;constructor(t,e,s){this.client=e,this.signal=s,this.stage=document.createElement("div"),this.stage.className="lrwidget-stage",this.stage.setAttribute(
"role","group"),this.graph=document.createElement("div"),t.append(this.stage);let n={axis:()=>this.graph._fullLayout?.xaxis,panels:()=>Rs(this.graph),limits:()=>this.
client.blank.limits,movable:()=>this.client.state.can.move,signal:s};if(this.marker=new O(this.stage,n,{name:"Learning rate marker",chosen:r=>this.#m(r),dragged:r=>this.
client.drag(r),heights:r=>this.#v(r)}),this.bounds=new nt(this.stage,n,r=>{e.say("bounds",{bounds:r})}),this.stage.append(this.graph),this.draw=le(()=>this.#E(),
()=>this.#_(),s),this.later=he(Lt,this.draw,s),s.aborted){this.#k();return}this.#p(),this.#f(),e.subscribe(r=>this.#d(r),s);let o=new ResizeObserver(this.draw);
o.observe(this.stage),G(this.draw,s),s.addEventListener("abort",()=>{o.disconnect(),this.#k()}),this.#l()}async image(t){let e=this.#t??await this.client.plotly(),
s=this.#w(),n=this.#c,{data:o,layout:r}=Xt(mt(s),s,this.client.lr,n);r.paper_bgcolor=s.theme.paper;let{width:a,height:l}=r;return e.toImage({data:o,layout:r},{format:t,
width:a,height:l,scale:t==="png"?2:1})}async#l(){try{let t=await this.client.plotly();if(this.signal.aborted)return;this.#t=t,this.#s=this.#T(t)}catch(t){if(this.
signal.aborted)return;let e=t instanceof Error?t.message:String(t);this.graph.textContent=`The figure could not be loaded: ${e}. The sweep itself is not affecte\
d.`;return}this.draw()}#d(t){t==="blank"&&(this.#e={},this.#p()),t==="state"&&this.client.state.sweep!==this.#h&&(this.#h=this.client.state.sweep,this.marker.cancel(),
this.bounds.cancel()),t==="hand"&&(this.#u=performance.now()),t!=="points"&&this.#f(),this.draw()}#p(){let{layout:t,limits:e}=this.client.blank;this.stage.style.
height=`${t.height}px`,this.stage.classList.toggle("has-metric","yaxis3"in t),this.stage.setAttribute("aria-label",`${Os}, ${E(e[0])} to ${E(e[1])}`)}#f(){this.
marker.set(this.client.lr),this.bounds.set(this.#c)}get#c(){return this.client.state.choice.shows_bounds?this.client.bounds:null}#m(t){this.client.say("move",{lr:t})}#v(t){
let{yaxis:e,yaxis2:s}=this.graph._fullLayout,n=wt(this.client.series,t),o=(r,a)=>{let l=r.d2p(a);return l>=0&&l<=r._length?r._offset+l:Number.NaN};return n?[o(e,
n.loss),o(s,n.change)]:[]}#_(){return this.graph._dragging?Number.POSITIVE_INFINITY:this.#g?ke:0}get#g(){let t=performance.now()-this.#u;return this.marker.dragging||
this.bounds.dragging||t<ke}#w(){let{blank:t,series:e,state:s}=this.client,{theme:n,paper:o}=W(this.stage),{marker:r,pill:a,bound:l,bound_pill:c}=t.themes[n],u={
paper:o??t.themes[n].paper,marker:r,pill:a,bound:l,"bound-pill":c};for(let[p,d]of Object.entries(u)){let{style:m}=this.stage;m.getPropertyValue(`--lrw-${p}`)!==
d&&m.setProperty(`--lrw-${p}`,d)}return{blank:t,series:e,overlay:s.overlay,theme:t.themes[n],zoom:this.#e,banded:this.#c===null,dragmode:this.#r,width:this.stage.
clientWidth||Ns,most:Ts}}async#E(){if(!this.#t||this.signal.aborted||this.stage.clientWidth===0)return;let t=this.#w(),{axes:e,version:s}=t.series,n={...t,overlay:JSON.
stringify(t.overlay),axes:e},o=Object.keys(n).filter(c=>n[c]!==this.#o?.parts[c]);if(o.length===0&&this.#A(t))return;let r=o.every(c=>c==="axes"||c==="overlay");
if(this.#o&&r&&this.#g&&performance.now()-this.#o.since<Lt)return this.later();let{data:a,layout:l}=mt(t);if(await this.#t.react(this.graph,this.#i?xe(a):a,l,this.#s),
this.signal.aborted)return this.#t.purge(this.graph);this.#n||this.#S(),this.#o={parts:n,layout:l,plotly:s,version:s,since:performance.now()},this.#y()}#S(){this.#n=
!0,fe(this.stage);for(let e of this.graph.querySelectorAll(".main-svg"))e.setAttribute("aria-hidden","true");let t={zoomed:(e,s)=>{this.#e=e,this.#r=s??this.#r,
this.#y(),this.draw()},moving:()=>this.#x(),clicked:e=>this.#L(e),unclicked:()=>this.#M(),unzoomed:()=>this.#b()};de(this.graph,this.stage,()=>this.#e,t,this.signal)}#L(t){
this.client.state.can.move&&(this.#a=this.client.lr,this.#m(K(t,this.graph._fullLayout.xaxis,this.client.blank.limits)))}#M(){let{can:t,choice:e}=this.client.state,
s=this.#a===e.suggested_lr?null:this.#a;t.move&&this.client.say("move",{lr:s})}#b(){this.#e={},this.draw()}#A(t){let e=this.#o,{version:s}=t.series;if(!e)return!1;
if(e.plotly===s)return!0;let n=performance.now()-e.since>Lt;if(!this.#i||n&&!this.#g)return!1;if(this.later(),e.version===s)return!0;e.version=s;let o=St(this.graph,
gt(t,e.layout));return this.marker.place(),o}#y(){if(this.#i&&!St(this.graph,this.graph.data)){this.#i=!1;for(let t of this.stage.querySelectorAll(".lrwidget-st\
rokes"))t.remove();this.#o=null,this.draw()}this.#x()}#x(){this.bounds.place(),this.marker.place()}#T(t){return{displaylogo:!1,showTips:!1,displayModeBar:"hover",
responsive:!1,doubleClick:!1,modeBarButtons:[["zoom2d","pan2d","zoomIn2d","zoomOut2d",{name:"resetZoom",title:"Reset the zoom",icon:t.Icons.home,click:()=>this.#b()}]]}}#k(){
this.#n&&this.#t.purge(this.graph),this.stage.remove()}};function Rs(i){let{_size:t,width:e}=i._fullLayout;return{top:t.t,height:t.h,width:e}}var rt=class{constructor(t,e,s){this.client=e,this.signal=s,this.refused=null,this.pressed="",this.version=e.state.version,this.root=h("div",{class:"lrwidget"}),
this.stage=h("div",{class:"lrwidget-figure"}),this.toolbar=new it(e,n=>this.press(n),n=>this.say("move",{lr:n})),this.status=new st,this.settings=new Q((n,o)=>this.
say(n,o)),this.menu=new V(()=>this.offers?.items()??[],()=>this.root.getBoundingClientRect(),s),this.toolbar.el.append(this.menu.el),this.root.append(this.toolbar.
el,this.status.el,this.stage,this.settings.el),this.toolbar.rate.input.addEventListener("input",()=>this.draw()),this.draw(),!s.aborted&&(t.append(this.root),Is(
this.root,e,s),zt(this.root,s),jt(this.root,this.stage,s),this.offers=new q({client:e,say:(n,o)=>this.say(n,o),figure:new ot(this.stage,e,s),root:this.root,now:()=>this.
shown,tell:n=>this.menu.say(n)}),e.subscribe(n=>this.follow(n),s),s.addEventListener("abort",()=>this.root.remove(),{once:!0}))}get shown(){let{state:t,lr:e,waiting:s}=this.
client;return re(t,{lr:e,typed:this.toolbar.rate.typed,waiting:s,refused:this.refused})}draw(){let{state:t}=this.client,e=this.shown;f(this.root,"data-state",t.
state),this.toolbar.show(e),this.status.show(e.status,t.words.announcement),this.settings.show(t,e.settings)}follow(t){if(t==="points")return;let{version:e}=this.
client.state;e!==this.version&&(this.refused=null),this.version=e,this.draw()}async say(t,e){this.refused=null;let s=await this.client.say(t,e);return!s.done&&s.
why&&!this.signal.aborted&&(this.refused=s.why,this.draw()),s}press(t){t==="run"?this.run():t==="accept"?this.accept():t==="suggestion"?this.say("move",{lr:null}):
this.once(t,{})}async once(t,e){let s=JSON.stringify([t,e]);s!==this.pressed&&(this.pressed=s,await this.say(t,e),s===this.pressed&&(this.pressed=""))}run(){let t=this.
settings.commit()?this.settings.plan():null;t?this.once("run",t):this.settings.showWrong()}accept(){if(!this.toolbar.commit())return this.toolbar.rate.input.focus();
let{lr:t}=this.client;t!==null&&this.once("accept",{lr:t})}};function Is(i,t,e){let s=i.getRootNode()instanceof ShadowRoot;if(s&&i.append(h("style",{},t.css)),t.
id==="")return;let n=`.lrwidget-of-${CSS.escape(t.id)}`,o=[".jp-OutputArea-child",".output_area"].map(a=>`${a}:has(${n}):not(:has(.lrwidget))`),r=h("style",{},`${[
n,...o].join(",")}{display:none!important}`);(s?document.head:i).append(r),e.addEventListener("abort",()=>r.remove(),{once:!0})}var Cs={_esm:"",_css:"",_figure:{}},at=new Map;function $s({model:i}){let t=new P(i);return at.set(t.id,t),()=>{t.close(),at.get(t.id)===t&&at.delete(t.id);let e=i;
for(let[s,n]of Object.entries(Cs))e.set?.(s,n,{silent:!0})}}function Ps({model:i,el:t,signal:e}){let s=new AbortController,n=()=>s.abort();e?.addEventListener("\
abort",n,{once:!0}),e?.aborted&&n();let o=at.get(i.get("_id"));if(!o){let r=new P(i);s.signal.addEventListener("abort",()=>r.close(),{once:!0}),o=r}return new rt(
t,o,s.signal),n}var Dn={initialize:$s,render:Ps};export{Dn as default};
