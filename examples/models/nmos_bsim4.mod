* An NMOS of the 45 nm class in BSIM4: round values, typical of such a channel, of no foundry's process and fitted to no measurement.
.model nch45 nmos level=14 version=4.8.1 tnom=27
+ toxe=1.8n toxp=1.5n toxm=1.8n epsrox=3.9 ndep=2.5e18 nsd=2e20 xj=20n
+ vth0=0.42 k1=0.35 k2=0 k3=0 lpe0=0 dvt0=1 dvt1=1.2 dvt2=0 dvt0w=0 dsub=0.6 eta0=0.02 etab=0
+ u0=0.04 ua=1e-9 ub=5e-19 uc=0 vsat=1.3e5 a0=1 ags=0.2 keta=0
+ nfactor=1.4 voff=-0.1 cdsc=0 cit=0
+ rdsw=160 rdswmin=0 prwg=0 prwb=0 pclm=0.3 pdiblc1=0.01 pdiblc2=0.002 drout=0.5
+ lint=3n wint=2n cgso=0.1n cgdo=0.1n
